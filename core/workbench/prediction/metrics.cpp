// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/numerics/finite_figures.h"
#include "core/analyze/passes/kept_by_place.h"
#include "core/base/error.h"
#include "core/workbench/session/caches.h"
#include "core/workbench/session/calibration.h"
#include "core/workbench/settings/reference_choice.h"

#include <algorithm>

namespace bitloom {

namespace {

/// Of a metric's time, where it looks at a text first.
constexpr double kMeasuringShare = 0.95;

/// Grows with every change of what some metric makes of a slot.
constexpr int64_t kDamageVersion = 4;

Fingerprint metricKey(const Model& model, const std::string& metric, const Encoding& encoding,
                      const CalibrationSettings& text, const std::string& inputs)
{
    Fingerprint key;
    key.add(kDamageVersion);
    key.add(model.identity);
    key.add(metric);
    addTo(key, calibrationExamples(model, text));
    key.add(text.seed);
    addTo(key, encoding);
    key.add(inputs);
    return key;
}

double damageOf(const TransformedModel& model, int slot, const Encoding& encoding,
                const Sensitivity& sensitivity, Progress& progress)
{
    const Matrix original = model.source(slot);
    const Matrix changed = model.encode(slot, encoding).decode();
    return sensitivity.damage({slot, original.view(), changed.view()}, progress);
}

} // namespace

std::shared_ptr<const Sensitivity> Workbench::sensitivityBy(const std::string& metric,
                                                            const CalibrationSettings& text,
                                                            Progress& progress)
{
    m_caches->requireComputable(*m_model, "sensitivity", progress);
    const SensitivityRow& row = sensitivityNamed(metric);
    if (!row.appliesTo(m_model->graph))
        throw Error("sensitivity", "only a text that is continued has labels of its own, which " +
                                       metric + " needs");
    const std::pair from(recipeCalibration(text), text.seed);
    SensitivityQuestion question = {m_model, calibrationExamples(*m_model, text), text.seed};
    question.store = m_caches->store(progress);
    {
        const std::scoped_lock lock(m_caches->mutex);
        if (m_caches->sensitivitiesFrom != from)
            m_caches->sensitivities.clear();
        m_caches->sensitivitiesFrom = from;
        if (const auto known = m_caches->sensitivities.find(metric);
            known != m_caches->sensitivities.end())
            return known->second;
        if (m_caches->momentsFrom == from.first && m_caches->calibrationText == text.text) {
            question.inputs = m_caches->moments;
            const bool isWhole =
                m_caches->fisher && m_caches->fisher->windows == std::ssize(question.windows);
            if (isWhole && m_caches->fisher->seed == text.seed)
                question.fisher = m_caches->fisher;
        }
    }
    std::shared_ptr<const Sensitivity> measured = row.measure(question, progress);
    const std::scoped_lock lock(m_caches->mutex);
    if (measured && !progress.stopRequested() && m_caches->sensitivitiesFrom == from)
        m_caches->sensitivities[metric] = measured;
    return measured;
}

std::vector<SlotDamage> Workbench::damagesBy(const std::string& metric,
                                             const CalibrationSettings& text, Progress& progress,
                                             const std::function<void(const SlotDamage&)>& onSlot)
{
    return damagesBy(metric, text, referenceChoice(), progress, onSlot);
}

std::vector<SlotDamage> Workbench::damagesBy(const std::string& metric,
                                             const CalibrationSettings& text,
                                             const SlotChoice& choice, Progress& progress,
                                             const std::function<void(const SlotDamage&)>& onSlot)
{
    m_caches->requireComputable(*m_model, "sensitivity", progress);
    const std::vector<int> all = slotsAccepting(*m_model, choice);
    const TransformedModel source = transformed();
    KeptByPlace kept(m_caches->store(progress), "damages",
                     metricKey(*m_model, metric, choice, text, source.calibrationOf(choice)), 1);
    // The truth is measured slot by slot, everything else before the first of them.
    const bool slotBySlot = metric == kMeasuredSensitivity;
    const bool allKept = kept.hasAll(all);
    const double share = slotBySlot || allKept ? 0 : kMeasuringShare;
    ProgressSpan measuring(progress, 0, share);
    ProgressSpan trying(progress, share, 1);
    const auto sensitivity = allKept ? nullptr : sensitivityBy(metric, text, measuring);
    std::vector<SlotDamage> damages;
    if (!allKept && !sensitivity)
        return damages;
    const auto measure = [&](int slot, Progress& one) -> std::optional<std::vector<double>> {
        const double damage = damageOf(source, slot, choice, *sensitivity, one);
        return one.stopRequested() ? std::nullopt : std::optional(std::vector{damage});
    };
    kept.fill(m_model->graph.slots, all, slotBySlot, trying, measure,
              [&](int slot, const std::vector<double>& numbers) {
                  requireFinite(m_model->graph.slot(slot).name, numbers.front(), "sensitivity");
                  damages.push_back({slot, numbers.front()});
                  if (onSlot)
                      onSlot(damages.back());
              });
    return damages;
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/prediction/sensitivities.h"

#include "core/analyze/numerics/finite_figures.h"
#include "core/analyze/passes/indexed_store.h"
#include "core/base/error.h"
#include "core/workbench/session/calibration.h"
#include "core/workbench/settings/reference_choice.h"
#include "core/workbench/settings/trial.h"

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

std::shared_ptr<const Sensitivity> Sensitivities::sensitivityBy(const std::string& metric,
                                                                const CalibrationSettings& text,
                                                                Progress& progress)
{
    const OpenedModel& opened = m_calibration.opened();
    opened.requireComputable("sensitivity", progress);
    const SensitivityRow& row = sensitivityNamed(metric);
    if (!row.appliesTo(opened.model().graph))
        throw Error("sensitivity", "only a text that is continued has labels of its own, which " +
                                       metric + " needs");
    const From from(recipeCalibration(text), text.seed);
    SensitivityQuestion question = {opened.shared(), calibrationExamples(opened.model(), text),
                                    text.seed};
    question.store = opened.store(progress);
    if (auto known = find(metric, from))
        return known;
    const KnownCalibration known = m_calibration.known();
    const KnownCalibration::Source asked{text.text, from.first};
    if (known.inputsFrom == asked)
        question.inputs = known.inputs;
    const bool isWhole = known.fisher && known.fisher->windows == std::ssize(question.windows);
    if (isWhole && known.fisherFrom == asked && known.fisher->seed == text.seed)
        question.fisher = known.fisher;
    std::shared_ptr<const Sensitivity> measured = row.measure(question, progress);
    const std::scoped_lock lock(m_mutex);
    if (measured && !progress.stopRequested() && m_from == from)
        m_known[metric] = measured;
    return measured;
}

std::shared_ptr<const Sensitivity> Sensitivities::find(const std::string& metric, const From& from)
{
    const std::scoped_lock lock(m_mutex);
    if (m_from != from)
        m_known.clear();
    m_from = from;
    const auto known = m_known.find(metric);
    return known == m_known.end() ? nullptr : known->second;
}

std::vector<SlotDamage>
Sensitivities::damagesBy(const std::string& metric, const CalibrationSettings& text,
                         Progress& progress, const std::function<void(const SlotDamage&)>& onSlot)
{
    return damagesBy(metric, text, referenceChoice(), progress, onSlot);
}

std::vector<SlotDamage>
Sensitivities::damagesBy(const std::string& metric, const CalibrationSettings& text,
                         const SlotChoice& choice, Progress& progress,
                         const std::function<void(const SlotDamage&)>& onSlot)
{
    m_calibration.opened().requireComputable("sensitivity", progress);
    const Model& model = m_calibration.model();
    const std::vector<int> all = slotsAccepting(model, choice);
    const TransformedModel source = m_calibration.transformed();
    IndexedStore stored(m_calibration.opened().store(progress), "damages",
                        metricKey(model, metric, choice, text, source.calibrationOf(choice)), 1);
    // The KL is measured slot by slot, everything else before the first of them.
    const bool slotBySlot = metric == kMeasuredSensitivity;
    const bool allStored = stored.hasAll(all);
    const double share = slotBySlot || allStored ? 0 : kMeasuringShare;
    ProgressSpan measuring(progress, 0, share);
    ProgressSpan trying(progress, share, 1);
    const auto sensitivity = allStored ? nullptr : sensitivityBy(metric, text, measuring);
    std::vector<SlotDamage> damages;
    if (!allStored && !sensitivity)
        return damages;
    const auto measure = [&](int slot, Progress& one) -> std::optional<std::vector<double>> {
        const double damage = damageOf(source, slot, choice, *sensitivity, one);
        return one.stopRequested() ? std::nullopt : std::optional(std::vector{damage});
    };
    stored.fill(model.graph.slots, all, slotBySlot, trying, measure,
                [&](int slot, const std::vector<double>& numbers) {
                    requireFinite(model.graph.slot(slot).name, numbers.front(), "sensitivity");
                    damages.push_back({slot, numbers.front()});
                    if (onSlot)
                        onSlot(damages.back());
                });
    return damages;
}

} // namespace bitloom

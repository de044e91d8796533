// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/error.h"
#include "core/workbench/caches.h"
#include "core/workbench/calibration.h"
#include "core/workbench/reference_choice.h"

namespace bitloom {

namespace {

/// Of a metric's time, where it looks at a text first.
constexpr double kMeasuringShare = 0.95;

double damageOfReference(const Model& model, int slot, const Sensitivity& sensitivity,
                         Progress& progress)
{
    const Slot& place = model.graph.slots[static_cast<size_t>(slot)];
    const Matrix original = model.tensorOf(place).readRows(0, place.rows);
    const Matrix changed = encodeSlot(model, slot, referenceChoice()).decode();
    return sensitivity.damage({slot, original.view(), changed.view()}, progress);
}

} // namespace

std::shared_ptr<const Sensitivity> Workbench::sensitivityBy(const std::string& metric,
                                                            const CalibrationSettings& text,
                                                            Progress& progress)
{
    requireRunnable(*m_model, "sensitivity");
    const SensitivityRow& row = sensitivityNamed(metric);
    if (!row.appliesTo(m_model->graph))
        throw Error("sensitivity", "only a text that is continued has labels of its own, which " +
                                       metric + " needs");
    const std::pair from(recipeCalibration(text), text.seed);
    SensitivityQuestion question = {m_model, calibrationExamples(*m_model, text), text.seed};
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
            if (m_caches->fisher && m_caches->fisher->seed == text.seed)
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
    // The truth is measured slot by slot, everything else before the first of them.
    const double share = metric == kMeasuredSensitivity ? 0 : kMeasuringShare;
    ProgressSpan measuring(progress, 0, share);
    const auto sensitivity = sensitivityBy(metric, text, measuring);
    std::vector<SlotDamage> damages;
    const auto count = static_cast<double>(m_model->graph.slots.size());
    for (size_t i = 0; i < m_model->graph.slots.size() && sensitivity; ++i) {
        const Slot& place = m_model->graph.slots[i];
        if (!place.quantizable)
            continue;
        const auto done = [&](size_t slots) {
            return share + (1 - share) * static_cast<double>(slots) / count;
        };
        progress.report(done(i), place.name);
        ProgressSpan trying(progress, done(i), done(i + 1));
        const double damage =
            damageOfReference(*m_model, static_cast<int>(i), *sensitivity, trying);
        if (progress.stopRequested())
            break;
        damages.push_back({static_cast<int>(i), damage});
        if (onSlot)
            onSlot(damages.back());
    }
    return damages;
}

} // namespace bitloom

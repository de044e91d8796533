// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/error.h"
#include "core/workbench/caches.h"
#include "core/workbench/calibration.h"
#include "core/workbench/kept_numbers.h"
#include "core/workbench/reference_choice.h"

#include <algorithm>
#include <iterator>
#include <map>

namespace bitloom {

namespace {

/// Of a metric's time, where it looks at a text first.
constexpr double kMeasuringShare = 0.95;

/// Grows with every change of what some metric makes of a slot.
constexpr int64_t kDamageVersion = 1;

/// What every slot costs by one metric, on disk: those so far, of the truth, which is measured slot
/// by slot.
class KeptDamages {
public:
    KeptDamages(const MeasurementStore& store, const Model& model, const std::string& metric,
                const CalibrationSettings& text)
        : m_numbers(store, "damages", keyOf(model, metric, text))
    {
        for (const std::vector<double>& row : m_numbers.load().value_or(NumberRows()))
            if (row.size() == 2)
                m_damages[static_cast<int>(row[0])] = row[1];
    }
    std::optional<double> of(int slot) const
    {
        const auto found = m_damages.find(slot);
        return found == m_damages.end() ? std::nullopt : std::optional(found->second);
    }
    void add(int slot, double damage) { m_damages[slot] = damage; }
    void keep() const
    {
        NumberRows rows;
        for (const auto& [slot, damage] : m_damages)
            rows.push_back({static_cast<double>(slot), damage});
        m_numbers.keep(rows);
    }

private:
    static Fingerprint keyOf(const Model& model, const std::string& metric,
                             const CalibrationSettings& text)
    {
        Fingerprint key;
        key.add(kDamageVersion);
        key.add(model.identity);
        key.add(metric);
        addTo(key, calibrationExamples(model, text));
        key.add(text.seed);
        key.add(referenceChoice().scheme);
        key.add(referenceChoice().method);
        return key;
    }

    KeptNumbers m_numbers;
    std::map<int, double> m_damages; ///< by slot
};

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
    requireRunnable(*m_model, "sensitivity");
    const std::vector<Slot>& places = m_model->graph.slots;
    KeptDamages kept(m_caches->store, *m_model, metric, text);
    bool allKept = true;
    for (size_t i = 0; i < places.size(); ++i)
        allKept = allKept && (!places[i].quantizable || kept.of(static_cast<int>(i)));
    // The truth is measured slot by slot, everything else before the first of them.
    const bool slotBySlot = metric == kMeasuredSensitivity;
    const double share = slotBySlot || allKept ? 0 : kMeasuringShare;
    ProgressSpan measuring(progress, 0, share);
    const auto sensitivity = allKept ? nullptr : sensitivityBy(metric, text, measuring);
    std::vector<SlotDamage> damages;
    const auto count = static_cast<double>(places.size());
    for (size_t i = 0; i < places.size() && (allKept || sensitivity); ++i) {
        const Slot& place = places[i];
        const int slot = static_cast<int>(i);
        if (!place.quantizable)
            continue;
        const auto done = [&](size_t slots) {
            return share + (1 - share) * static_cast<double>(slots) / count;
        };
        progress.report(done(i), place.name);
        ProgressSpan trying(progress, done(i), done(i + 1));
        const std::optional<double> known = kept.of(slot);
        const double damage =
            known ? *known : damageOfReference(*m_model, slot, *sensitivity, trying);
        if (progress.stopRequested())
            break;
        if (!known) {
            kept.add(slot, damage);
            if (slotBySlot)
                kept.keep();
        }
        damages.push_back({slot, damage});
        if (onSlot)
            onSlot(damages.back());
    }
    if (!allKept && !slotBySlot)
        kept.keep();
    return damages;
}

} // namespace bitloom

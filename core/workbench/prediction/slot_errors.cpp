// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/prediction/slot_errors.h"

#include "core/workbench/settings/reference_choice.h"

namespace bitloom {

SlotError SlotErrors::slotError(int slot, const Encoding& encoding, bool exact, Progress& progress,
                                const std::vector<TransformStep>& transforms)
{
    return slotError(m_calibration.transformed(transforms), slot, encoding, exact ? kExact : kQuick,
                     0, progress);
}

double SlotErrors::sensitivity(int slot, Progress& progress)
{
    return slotError(slot, referenceChoice(), false, progress).damage;
}

SlotError SlotErrors::slotError(const TransformedModel& model, int slot, const Encoding& encoding,
                                const Precision& precision, int threads, Progress& progress)
{
    const SlotKey key = model.key(slot, encoding);
    const KnownCalibration known = m_calibration.known();
    {
        const std::scoped_lock lock(m_mutex);
        forgetUnlessOf(known);
        if (const auto error = find(key, precision))
            return *error;
    }
    const bool isKnownNow = model.inputs() == known.inputs;
    const auto index = static_cast<size_t>(slot);
    const SlotFisher* slotFisher = known.fisher ? &known.fisher->slots.at(index) : nullptr;
    const std::vector<RowRange> bands = rowBands(model.graph().slots.at(index), precision);
    const SlotError error =
        measureSlotError(model, slot, encoding, slotFisher, bands, threads, progress);
    const std::scoped_lock lock(m_mutex);
    if (!isKnownNow || known.version != m_version || progress.stopRequested())
        return error;
    if (error.sampled)
        m_sampled[{key, precision.sampleWeights}] = error;
    else
        m_exact[key] = error;
    return error;
}

SlotErrors::Remembered SlotErrors::remembered(const VariantKey& variant, const Precision& precision,
                                              const KnownCalibration& known)
{
    const std::scoped_lock lock(m_mutex);
    forgetUnlessOf(known);
    Remembered result;
    for (const SlotKey& change : variant.slots) {
        if (const auto error = find(change, precision))
            result.terms.push_back({change, error->damage});
        else
            result.unknown.push_back(change);
    }
    return result;
}

void SlotErrors::forgetUnlessOf(const KnownCalibration& known)
{
    if (m_version == known.version)
        return;
    m_version = known.version;
    m_exact.clear();
    m_sampled.clear();
}

std::optional<SlotError> SlotErrors::find(const SlotKey& key, const Precision& precision) const
{
    if (const auto exact = m_exact.find(key); exact != m_exact.end())
        return exact->second;
    const auto sampled = m_sampled.find({key, precision.sampleWeights});
    if (precision.wholeUpTo > 0 && sampled != m_sampled.end())
        return sampled->second;
    return std::nullopt;
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/caches.h"

#include "core/error.h"
#include "core/quantize/can_hold.h"
#include "core/workbench/kept_trials.h"

#include <utility>

#include <algorithm>

namespace bitloom {

MeasurementStore Workbench::Caches::store(Progress& progress)
{
    if (!userStore.keeps())
        return {};
    const std::optional<std::string> known = content.hex(progress);
    if (!known)
        return {};
    MeasurementStore kept = userStore.of(*known);
    addKeptTrials(kept);
    return kept;
}

void Workbench::Caches::addKeptTrials(const MeasurementStore& kept)
{
    const std::scoped_lock lock(mutex);
    if (std::exchange(keptTrialsKnown, true))
        return;
    trials.merge(KeptTrials(*opened, kept).load()); // those of this session stay
    if (!trials.empty())
        forgetRecalibration();
}

std::optional<SlotError> Workbench::Caches::remembered(const ErrorKey& key,
                                                       const Precision& precision)
{
    if (const auto exact = exactErrors.find(key); exact != exactErrors.end())
        return exact->second;
    const auto sampled = sampledErrors.find({key, precision.sampleWeights});
    if (precision.wholeUpTo > 0 && sampled != sampledErrors.end())
        return sampled->second;
    return std::nullopt;
}

Workbench::Caches::Known Workbench::Caches::known(const Changes& changes,
                                                  const Precision& precision)
{
    const std::scoped_lock lock(mutex);
    const auto learnt = recalibrations.find({});
    Known result{
        {}, {}, fisher, moments, learnt == recalibrations.end() ? nullptr : learnt->second};
    for (const ErrorKey& change : changes) {
        if (const auto error = remembered(change, precision))
            result.parts.push_back({change, error->damage});
        else
            result.unknown.push_back(change);
    }
    return result;
}

std::shared_ptr<const InputMoments> Workbench::Caches::inputs()
{
    const std::scoped_lock lock(mutex);
    return moments;
}

void Workbench::Caches::setInputs(std::shared_ptr<const InputMoments> measured,
                                  const CalibrationSettings& text, const RecipeCalibration& from)
{
    engines.setInputs(measured);
    const std::scoped_lock lock(mutex);
    moments = std::move(measured);
    momentsFrom = from;
    calibrationText = text.text;
    std::erase_if(judged, [](const auto& known) { return lookAtInputs(known.first); });
    forgetErrors();
}

void Workbench::Caches::forgetErrors()
{
    ++measurement;
    exactErrors.clear();
    sampledErrors.clear();
    forgetRecalibration();
}

std::map<Changes, Estimate> Workbench::Caches::measured() const
{
    std::map<Changes, Estimate> all;
    for (const auto& [changes, trial] : judged)
        all[changes] = trial.measured;
    for (const auto& [key, trial] : trials) {
        if (!isOfTheseInputs(key))
            continue;
        const auto [known, isNew] = all.try_emplace(key.changes, trial.measured);
        if (!isNew && trial.measured.standardError < known->second.standardError)
            known->second = trial.measured;
    }
    return all;
}

bool Workbench::Caches::isOfTheseInputs(const TrialKey& key) const
{
    return key.calibration.empty() || key.calibration == calibrationKey(momentsFrom);
}

bool Workbench::Caches::isMeasured(const Changes& changes) const
{
    return judged.contains(changes) ||
           std::any_of(trials.begin(), trials.end(), [&](const auto& trial) {
               return trial.first.changes == changes && isOfTheseInputs(trial.first);
           });
}

std::optional<PriorPrediction> Workbench::Caches::prior(const Changes& changes) const
{
    if (const auto known = judged.find(changes); known != judged.end() && known->second.predicted)
        return known->second.predicted;
    for (const auto& [key, trial] : trials)
        if (key.changes == changes && trial.predicted && isOfTheseInputs(key))
            return trial.predicted;
    return std::nullopt;
}

SlotError Workbench::Caches::slotError(const Model& model, int slot, const SlotChoice& choice,
                                       const Precision& precision, int threads, Progress& progress)
{
    const ErrorKey key = errorKey(slot, choice);
    std::shared_ptr<const Fisher> factors;
    std::shared_ptr<const InputMoments> seen;
    int64_t number = 0;
    {
        const std::scoped_lock lock(mutex);
        if (const auto known = remembered(key, precision))
            return *known;
        factors = fisher;
        seen = moments;
        number = measurement;
    }
    const auto index = static_cast<size_t>(slot);
    const SlotFisher* slotFisher = factors ? &factors->slots.at(index) : nullptr;
    const std::vector<RowRange> bands = rowBands(model.graph.slots.at(index), precision);
    const SlotError error =
        measureSlotError({model, seen.get()}, slot, choice, slotFisher, bands, threads, progress);
    const std::scoped_lock lock(mutex);
    if (number != measurement || progress.stopRequested())
        return error;
    if (error.sampled)
        sampledErrors[{key, precision.sampleWeights}] = error;
    else
        exactErrors[key] = error;
    return error;
}

void Workbench::Caches::requireComputable(const Model& model, std::string_view operation,
                                          Progress& progress)
{
    requireRunnable(model, operation);
    weights.require(model, operation, progress);
}

std::function<bool(int, const SlotChoice&)> Workbench::Caches::holding(const Model& model)
{
    return [this, &model](int slot, const SlotChoice& choice) {
        return !weights.isLarge(model.graph.slot(slot)) || canHold(model, slot, choice);
    };
}

void Workbench::requireFiniteWeights(std::string_view operation, Progress& progress) const
{
    m_caches->weights.require(*m_model, operation, progress);
}

void requireRunnable(const Model& model, std::string_view operation)
{
    if (!model.runnable())
        throw Error(operation, model.missing);
}

} // namespace bitloom

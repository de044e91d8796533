// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/session/caches.h"

#include "core/base/error.h"
#include "core/quantize/variant/can_hold.h"
#include "core/workbench/session/kept_trials.h"

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

std::optional<SlotError> Workbench::Caches::remembered(const SlotKey& key,
                                                       const Precision& precision)
{
    if (const auto exact = exactErrors.find(key); exact != exactErrors.end())
        return exact->second;
    const auto sampled = sampledErrors.find({key, precision.sampleWeights});
    if (precision.wholeUpTo > 0 && sampled != sampledErrors.end())
        return sampled->second;
    return std::nullopt;
}

Workbench::Caches::Known Workbench::Caches::known(const VariantKey& variant,
                                                  const Precision& precision)
{
    const std::scoped_lock lock(mutex);
    const auto learnt = recalibrations.find({});
    Known result{
        {}, {}, fisher, moments, learnt == recalibrations.end() ? nullptr : learnt->second};
    for (const SlotKey& change : variant.slots) {
        if (const auto error = remembered(change, precision))
            result.parts.push_back({change, error->damage});
        else
            result.unknown.push_back(change);
    }
    return result;
}

TransformedModel Workbench::Caches::transformed(const std::vector<TransformStep>& steps)
{
    if (steps.empty()) {
        const std::scoped_lock lock(mutex);
        return TransformedModel(opened, moments);
    }
    const std::scoped_lock once(planning);
    std::unique_lock lock(mutex);
    if (const auto made = transformedModels.find(steps); made != transformedModels.end())
        return made->second;
    const std::shared_ptr<const InputMoments> seen = moments;
    if (!seen)
        throw Error("transform", std::string(transformNamed(steps.front().id).title) +
                                     " looks at what the layers see on a calibration text, which "
                                     "has not been measured");
    lock.unlock();
    Progress untold;
    TransformedModel made(
        opened, seen, steps,
        std::make_shared<const TransformPlan>(planOf(*opened, *seen, steps, untold)));
    lock.lock();
    if (seen == moments)
        transformedModels.emplace(steps, made);
    return made;
}

void Workbench::Caches::setInputs(std::shared_ptr<const InputMoments> measured,
                                  const CalibrationSettings& text, const RecipeCalibration& from)
{
    const std::scoped_lock lock(mutex);
    moments = std::move(measured);
    transformedModels.clear();
    momentsFrom = from;
    calibrationText = text.text;
    std::erase_if(judged, [](const auto& known) { return known.first.looksAtInputs(); });
    forgetErrors();
}

void Workbench::Caches::forgetErrors()
{
    ++measurement;
    exactErrors.clear();
    sampledErrors.clear();
    forgetRecalibration();
}

std::map<VariantKey, Estimate> Workbench::Caches::measured() const
{
    std::map<VariantKey, Estimate> all;
    for (const auto& [variant, trial] : judged)
        all[variant] = trial.measured;
    for (const auto& [key, trial] : trials) {
        if (!isOfTheseInputs(key.variant))
            continue;
        const auto [known, isNew] = all.try_emplace(key.variant, trial.measured);
        if (!isNew && trial.measured.standardError < known->second.standardError)
            known->second = trial.measured;
    }
    return all;
}

bool Workbench::Caches::isOfTheseInputs(const VariantKey& variant) const
{
    const bool ofThese =
        variant.calibration.empty() || (moments && variant.calibration == moments->key());
    return ofThese && std::ranges::all_of(variant.slots, [&](const SlotKey& slot) {
               return slot.calibration.empty() || (moments && slot.calibration == moments->key());
           });
}

bool Workbench::Caches::isMeasured(const VariantKey& variant) const
{
    return judged.contains(variant) ||
           std::any_of(trials.begin(), trials.end(),
                       [&](const auto& trial) { return trial.first.variant == variant; });
}

std::optional<PriorPrediction> Workbench::Caches::prior(const VariantKey& variant) const
{
    if (const auto known = judged.find(variant); known != judged.end() && known->second.predicted)
        return known->second.predicted;
    for (const auto& [key, trial] : trials)
        if (key.variant == variant && trial.predicted)
            return trial.predicted;
    return std::nullopt;
}

SlotError Workbench::Caches::slotError(const TransformedModel& model, int slot,
                                       const Encoding& encoding, const Precision& precision,
                                       int threads, Progress& progress)
{
    const SlotKey key = model.key(slot, encoding);
    std::unique_lock reading(mutex);
    if (const auto known = remembered(key, precision))
        return *known;
    const std::shared_ptr<const Fisher> factors = fisher;
    const bool isKnownNow = model.inputs() == moments;
    const int64_t number = measurement;
    reading.unlock();
    const auto index = static_cast<size_t>(slot);
    const SlotFisher* slotFisher = factors ? &factors->slots.at(index) : nullptr;
    const std::vector<RowRange> bands = rowBands(model.graph().slots.at(index), precision);
    const SlotError error =
        measureSlotError(model, slot, encoding, slotFisher, bands, threads, progress);
    const std::scoped_lock lock(mutex);
    if (!isKnownNow || number != measurement || progress.stopRequested())
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
        return !weights.isLarge(model.graph.slot(slot)) ||
               canHold(TransformedModel(model), slot, choice);
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

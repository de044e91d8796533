// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/prediction/measured_variants.h"

#include "core/workbench/session/trial_store.h"

#include <algorithm>
#include <utility>

namespace bitloom {

std::unique_lock<std::mutex> MeasuredVariants::upToDate()
{
    // Looked at before the lock is taken. What changes in between is found the next time: nobody
    // is told anything that was not so when they asked.
    const int64_t inputs = m_calibration.known().inputsVersion;
    const std::optional<MeasurementStore> store = m_calibration.opened().recognised();
    std::unique_lock lock(m_mutex);
    if (store && !std::exchange(m_storedTrialsKnown, true)) {
        m_trials.merge(TrialStore(m_calibration.model(), *store).load()); // of this session stay
        m_number += m_trials.empty() ? 0 : 1;
    }
    if (m_inputsVersion < inputs) {
        std::erase_if(m_evaluated,
                      [](const auto& known) { return known.first.needsCalibration(); });
        m_inputsVersion = inputs;
    }
    return lock;
}

Trials MeasuredVariants::trials(Progress& progress)
{
    m_calibration.opened().recognise(progress);
    const auto lock = upToDate();
    return m_trials;
}

void MeasuredVariants::addTrial(const TrialKey& key, const Estimate& measured,
                                const std::optional<PriorPrediction>& predicted)
{
    Progress silent;
    const MeasurementStore store = m_calibration.opened().store(silent);
    const auto lock = upToDate();
    m_trials[key] = {measured, predicted};
    TrialStore(m_calibration.model(), store).keep(m_trials);
    ++m_number;
}

bool MeasuredVariants::isEvaluated(const VariantKey& variant)
{
    const auto lock = upToDate();
    return m_evaluated.contains(variant);
}

void MeasuredVariants::keepEvaluated(VariantKey variant, Trial evaluated)
{
    const auto lock = upToDate();
    if (m_evaluated.try_emplace(std::move(variant), evaluated).second)
        ++m_number;
}

MeasuredVariants::Past MeasuredVariants::past(const VariantKey& variant)
{
    const auto lock = upToDate();
    Past past;
    const auto evaluated = m_evaluated.find(variant);
    past.isMeasured = evaluated != m_evaluated.end();
    if (past.isMeasured && evaluated->second.predicted)
        past.prior = evaluated->second.predicted;
    for (const auto& [key, trial] : m_trials) {
        if (key.variant != variant)
            continue;
        past.isMeasured = true;
        if (!past.prior)
            past.prior = trial.predicted;
    }
    return past;
}

int64_t MeasuredVariants::number()
{
    const auto lock = upToDate();
    return m_number;
}

MeasuredVariants::All MeasuredVariants::all(const KnownCalibration& known)
{
    const auto lock = upToDate();
    All all;
    all.number = m_number;
    // An evaluation that was begun by inputs since forgotten may end after new ones came.
    for (const auto& [variant, trial] : m_evaluated)
        if (isOfTheseInputs(variant, known))
            all.measured[variant] = trial.measured;
    for (const auto& [key, trial] : m_trials) {
        if (!isOfTheseInputs(key.variant, known))
            continue;
        const auto [before, isNew] = all.measured.try_emplace(key.variant, trial.measured);
        if (!isNew && trial.measured.standardError < before->second.standardError)
            before->second = trial.measured;
    }
    return all;
}

bool MeasuredVariants::isOfTheseInputs(const VariantKey& variant, const KnownCalibration& known)
{
    const auto isKnown = [&](const std::string& calibration) {
        return calibration.empty() || (known.inputs && calibration == known.inputs->key());
    };
    return isKnown(variant.calibration) &&
           std::ranges::all_of(variant.slots,
                               [&](const SlotKey& slot) { return isKnown(slot.calibration); });
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/caches.h"
#include "core/workbench/calibration.h"
#include "core/workbench/kept_trials.h"
#include "core/workbench/recalibration.h"

#include <numeric>
#include <utility>

namespace bitloom {

namespace {

double sumOf(const std::vector<PredictedPart>& parts)
{
    return std::accumulate(parts.begin(), parts.end(), 0.0,
                           [](double sum, const PredictedPart& part) { return sum + part.damage; });
}

} // namespace

std::optional<std::vector<PredictedPart>> Workbench::predictedParts(const Changes& changes,
                                                                    Progress& progress)
{
    {
        const std::scoped_lock lock(m_caches->mutex);
        if (!m_caches->fisher || (lookAtInputs(changes) && !m_caches->moments))
            return std::nullopt;
    }
    std::vector<PredictedPart> parts;
    const auto all = static_cast<double>(changes.size());
    for (const ErrorKey& change : changes) {
        if (progress.stopRequested())
            return std::nullopt;
        const auto done = static_cast<double>(parts.size());
        ProgressSpan span(progress, done / all, (done + 1) / all);
        const SlotError error = slotError(std::get<0>(change), choiceOf(change), false, span);
        parts.push_back({change, error.damage});
    }
    return parts;
}

std::shared_ptr<const Recalibration> Workbench::recalibration(Progress& progress)
{
    std::map<Changes, Estimate> measured;
    int64_t number = 0;
    {
        const std::scoped_lock lock(m_caches->mutex);
        if (m_caches->recalibration || !m_caches->fisher)
            return m_caches->recalibration;
        measured = m_caches->measured();
        number = m_caches->knowledge;
    }
    std::vector<MeasuredParts> known;
    for (const auto& [changes, estimate] : measured) {
        auto parts = predictedParts(changes, progress);
        if (progress.stopRequested())
            return nullptr;
        if (parts && !parts->empty())
            known.push_back({std::move(*parts), estimate});
    }
    auto made = std::make_shared<const Recalibration>(m_model->graph.slots.size(), known);
    const std::scoped_lock lock(m_caches->mutex);
    if (number == m_caches->knowledge)
        m_caches->recalibration = made;
    return made;
}

std::optional<double> Workbench::roundingDamage(const Recipe& recipe) const
{
    const std::scoped_lock lock(m_caches->mutex);
    double sum = 0;
    for (const auto& [name, scheme] : recipe.values) {
        const auto damage = m_caches->fisher
                                ? m_caches->fisher->roundingDamage(m_model->graph.findValue(name),
                                                                   activationSchemeNamed(scheme))
                                : std::nullopt;
        if (!damage)
            return std::nullopt;
        sum += *damage;
    }
    return sum;
}

Prediction Workbench::predictionOf(const Recipe& recipe, const std::vector<PredictedPart>& parts,
                                   double rounding, double variance,
                                   const Recalibration& known) const
{
    Prediction result;
    result.closedForm = sumOf(parts) + rounding;
    result.damages = known.sum(parts);
    result.damages.total += rounding;
    result.damages.variance += variance;
    result.range = recipe.values.empty() ? known.range(changesOf(*m_model, recipe), result.damages)
                                         : known.range(result.damages);
    result.learntFrom = known.recipesMeasured();
    result.slotsMeasured = known.slotsMeasured();
    return result;
}

std::optional<Prediction> Workbench::prediction(const Recipe& recipe, Progress& progress)
{
    const auto rounding = roundingDamage(recipe);
    const auto parts =
        rounding ? predictedParts(changesOf(*m_model, recipe), progress) : std::nullopt;
    const auto known = parts ? recalibration(progress) : nullptr;
    if (!known)
        return std::nullopt;
    return predictionOf(recipe, *parts, *rounding, 0, *known);
}

std::optional<double> Workbench::predictedKl(const Recipe& recipe, Progress& progress)
{
    const auto rounding = roundingDamage(recipe);
    const auto parts =
        rounding ? predictedParts(changesOf(*m_model, recipe), progress) : std::nullopt;
    return parts ? std::optional(sumOf(*parts) + *rounding) : std::nullopt;
}

std::optional<std::vector<double>> Workbench::correctedDamages(const Changes& changes,
                                                               Progress& progress)
{
    const auto parts = predictedParts(changes, progress);
    const auto known = parts ? recalibration(progress) : nullptr;
    if (!known)
        return std::nullopt;
    std::vector<double> damages;
    for (const PredictedPart& part : *parts)
        damages.push_back(known->corrected(part));
    return damages;
}

bool Workbench::isJudged(const Changes& changes) const
{
    const std::scoped_lock lock(m_caches->mutex);
    return m_caches->judged.contains(changes);
}

void Workbench::requireHeldOut(const JudgeSettings& text) const
{
    const std::scoped_lock lock(m_caches->mutex);
    requireFreshText(m_caches->calibrationText, text);
}

Trials Workbench::trials() const
{
    Progress untold;
    recognise(untold);
    const std::scoped_lock lock(m_caches->mutex);
    return m_caches->trials;
}

void Workbench::keepTrial(const TrialKey& key, const Estimate& measured)
{
    Progress untold;
    const MeasurementStore store = m_caches->store(untold);
    const std::scoped_lock lock(m_caches->mutex);
    m_caches->trials[key] = measured;
    KeptTrials(*m_model, store).keep(m_caches->trials);
    m_caches->forgetRecalibration();
}

TrialKey Workbench::trialKey(Changes changes, std::string examples) const
{
    const std::scoped_lock lock(m_caches->mutex);
    TrialKey key{std::move(changes), std::move(examples), {}};
    if (lookAtInputs(key.changes))
        key.calibration = calibrationKey(m_caches->momentsFrom);
    return key;
}

std::vector<TrialPoint> Workbench::trialPoints(Progress& progress)
{
    std::vector<TrialPoint> points;
    for (const auto& [key, measured] : trials()) {
        if (key != trialKey(key.changes, key.examples)) // by inputs of another text
            continue;
        if (const auto parts = predictedParts(key.changes, progress))
            points.push_back({key.changes, sumOf(*parts), measured});
    }
    return points;
}

void Workbench::learnFrom(const Recipe& recipe, const Estimate& measured)
{
    if (!(measured.value > 0) || !recipe.values.empty()) // it learns of weights
        return;
    const std::scoped_lock lock(m_caches->mutex);
    // A second judgement tells no more.
    if (m_caches->judged.try_emplace(changesOf(*m_model, recipe), measured).second)
        m_caches->forgetRecalibration();
}

} // namespace bitloom

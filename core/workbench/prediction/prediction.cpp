// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/session/caches.h"
#include "core/workbench/session/calibration.h"
#include "core/workbench/session/kept_trials.h"
#include "core/workbench/session/recalibration.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace bitloom {

namespace {

double sumOfDamages(const std::vector<PredictedPart>& parts)
{
    return std::accumulate(parts.begin(), parts.end(), 0.0,
                           [](double sum, const PredictedPart& part) { return sum + part.damage; });
}

} // namespace

std::optional<std::vector<PredictedPart>> Workbench::predictedParts(const VariantKey& variant,
                                                                    Progress& progress)
{
    {
        const std::scoped_lock lock(m_caches->mutex);
        if (!m_caches->fisher || (variant.looksAtInputs() && !m_caches->moments))
            return std::nullopt;
    }
    const TransformedModel source = transformed(variant.transforms);
    std::vector<PredictedPart> parts;
    const auto all = static_cast<double>(variant.slots.size());
    for (const SlotKey& change : variant.slots) {
        if (progress.stopRequested())
            return std::nullopt;
        const auto done = static_cast<double>(parts.size());
        ProgressSpan span(progress, done / all, (done + 1) / all);
        const SlotError error =
            m_caches->slotError(source, change.slot, change.encoding, kQuick, 0, span);
        parts.push_back({change, error.damage});
    }
    return parts;
}

std::optional<std::vector<MeasuredParts>>
Workbench::measuredParts(const std::map<VariantKey, Estimate>& measured, Progress& progress)
{
    std::vector<MeasuredParts> known;
    for (const auto& [variant, estimate] : measured) {
        auto parts = predictedParts(variant, progress);
        if (progress.stopRequested())
            return std::nullopt;
        if (parts && !parts->empty())
            known.push_back({std::move(*parts), estimate});
    }
    return known;
}

std::shared_ptr<const Recalibration> Workbench::recalibration(Progress& progress,
                                                              const VariantKey& but)
{
    std::map<VariantKey, Estimate> measured;
    int64_t number = 0;
    {
        const std::scoped_lock lock(m_caches->mutex);
        const auto made = m_caches->recalibrations.find(but);
        if (made != m_caches->recalibrations.end())
            return made->second;
        if (!m_caches->fisher)
            return nullptr;
        measured = m_caches->measured();
        number = m_caches->knowledge;
    }
    measured.erase(but);
    const auto known = measuredParts(measured, progress);
    if (!known)
        return nullptr;
    auto made = std::make_shared<const Recalibration>(m_model->graph.slots.size(), *known);
    const std::scoped_lock lock(m_caches->mutex);
    if (number == m_caches->knowledge)
        m_caches->recalibrations[but] = made;
    return made;
}

std::optional<double> Workbench::roundingDamage(const Recipe& recipe) const
{
    const std::vector<int> scaled = transformedValues(m_model->graph, recipe.transforms);
    const std::scoped_lock lock(m_caches->mutex);
    double sum = 0;
    for (const auto& [name, scheme] : recipe.values) {
        if (std::ranges::binary_search(scaled, m_model->graph.findValue(name)))
            return std::nullopt; // was measured of the value as the original network has it
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

Prediction Workbench::predictionOf(const std::vector<PredictedPart>& parts, double rounding,
                                   double variance, const Recalibration& known)
{
    Prediction result;
    result.closedForm = sumOfDamages(parts) + rounding;
    result.damages = known.sum(parts);
    result.damages.total += rounding;
    result.damages.variance += variance;
    result.range = known.range(result.damages);
    result.learntFrom = known.recipesMeasured();
    result.slotsMeasured = known.slotsMeasured();
    return result;
}

std::optional<Prediction> Workbench::prediction(const Recipe& recipe, Progress& progress)
{
    if (!canEncode(recipe))
        return std::nullopt;
    const VariantKey key = variant(recipe).key();
    const auto rounding = roundingDamage(recipe);
    const auto parts = rounding ? predictedParts(key, progress) : std::nullopt;
    if (!parts)
        return std::nullopt;
    bool isMeasured = false;
    std::optional<PriorPrediction> prior;
    if (recipe.values.empty()) { // only of weights is anything learnt
        const std::scoped_lock lock(m_caches->mutex);
        isMeasured = m_caches->isMeasured(key);
        prior = m_caches->prior(key);
    }
    const auto known = recalibration(progress, isMeasured && !prior ? key : VariantKey{});
    if (!known)
        return std::nullopt;
    Prediction result = predictionOf(*parts, *rounding, 0, *known);
    result.isPrior = isMeasured;
    if (prior) {
        result.range = prior->range;
        result.learntFrom = prior->learntFrom;
        result.slotsMeasured = prior->slotsMeasured;
    }
    return result;
}

std::optional<PriorPrediction> Workbench::priorPrediction(const Recipe& recipe, Progress& progress)
{
    const auto told = prediction(recipe, progress);
    if (!told)
        return std::nullopt;
    return PriorPrediction{told->range, told->learntFrom, told->slotsMeasured};
}

std::optional<double> Workbench::predictedKl(const Recipe& recipe, Progress& progress)
{
    const auto rounding = canEncode(recipe) ? roundingDamage(recipe) : std::nullopt;
    const auto parts = rounding ? predictedParts(variant(recipe).key(), progress) : std::nullopt;
    return parts ? std::optional(sumOfDamages(*parts) + *rounding) : std::nullopt;
}

std::optional<std::vector<double>> Workbench::correctedDamages(const VariantKey& variant,
                                                               Progress& progress)
{
    const auto parts = predictedParts(variant, progress);
    const auto known = parts ? recalibration(progress) : nullptr;
    if (!known)
        return std::nullopt;
    std::vector<double> damages;
    for (const PredictedPart& part : *parts)
        damages.push_back(known->corrected(part));
    return damages;
}

bool Workbench::isJudged(const VariantKey& variant) const
{
    const std::scoped_lock lock(m_caches->mutex);
    return m_caches->judged.contains(variant);
}

void Workbench::requireHeldOut(const JudgeSettings& text) const
{
    const std::scoped_lock lock(m_caches->mutex);
    requireFreshText(m_caches->calibrationText, text);
}

Trials Workbench::trials(Progress& progress) const
{
    recognise(progress);
    const std::scoped_lock lock(m_caches->mutex);
    return m_caches->trials;
}

void Workbench::keepTrial(const TrialKey& key, const Estimate& measured,
                          const std::optional<PriorPrediction>& predicted)
{
    Progress untold;
    const MeasurementStore store = m_caches->store(untold);
    const std::scoped_lock lock(m_caches->mutex);
    m_caches->trials[key] = {measured, predicted};
    KeptTrials(*m_model, store).keep(m_caches->trials);
    m_caches->forgetRecalibration();
}

std::vector<TrialPoint> Workbench::trialPoints(Progress& progress)
{
    std::vector<TrialPoint> points;
    for (const auto& [key, trial] : trials(progress)) {
        {
            const std::scoped_lock lock(m_caches->mutex);
            if (!m_caches->isOfTheseInputs(key.variant))
                continue;
        }
        if (const auto parts = predictedParts(key.variant, progress))
            points.push_back(
                {key.variant.slots, sumOfDamages(*parts), trial.measured, trial.predicted});
    }
    return points;
}

RangeCount countInRange(const std::vector<TrialPoint>& points)
{
    RangeCount count;
    for (const TrialPoint& point : points) {
        count.predicted += point.prior ? 1 : 0;
        count.hits += point.prior && point.prior->holds(point.measured) ? 1 : 0;
    }
    return count;
}

void Workbench::learnFromFit(const Recipe& predictedBest, const Recipe& found,
                             const MeasuredFit& fit)
{
    Progress untold; // a stop ended the measuring, not this
    const auto ofBest = priorPrediction(predictedBest, untold);
    const auto ofFound = priorPrediction(found, untold);
    learnFrom(predictedBest, fit.predictedBest, ofBest);
    if (fit.isBetter)
        learnFrom(found, fit.found, ofFound);
}

void Workbench::learnFrom(const Recipe& recipe, const Estimate& measured,
                          const std::optional<PriorPrediction>& predicted)
{
    if (!(measured.value > 0) || !recipe.values.empty()) // it learns of weights
        return;
    VariantKey key = variant(recipe).key();
    const std::scoped_lock lock(m_caches->mutex);
    // A second judgement tells no more.
    if (m_caches->judged.try_emplace(std::move(key), Trial{measured, predicted}).second)
        m_caches->forgetRecalibration();
}

} // namespace bitloom

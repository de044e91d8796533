// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/prediction/predictions.h"

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

std::optional<std::vector<PredictedPart>> Predictions::predictedParts(const VariantKey& variant,
                                                                      Progress& progress)
{
    const KnownCalibration known = m_calibration.known();
    if (!known.fisher || (variant.looksAtInputs() && !known.inputs))
        return std::nullopt;
    const TransformedModel source = m_calibration.transformed(variant.transforms);
    std::vector<PredictedPart> parts;
    const auto all = static_cast<double>(variant.slots.size());
    for (const SlotKey& change : variant.slots) {
        if (progress.stopRequested())
            return std::nullopt;
        const auto done = static_cast<double>(parts.size());
        ProgressSpan span(progress, done / all, (done + 1) / all);
        const SlotError error =
            m_errors.slotError(source, change.slot, change.encoding, kQuick, 0, span);
        parts.push_back({change, error.damage});
    }
    return parts;
}

std::optional<std::vector<MeasuredParts>>
Predictions::measuredParts(const std::map<VariantKey, Estimate>& measured, Progress& progress)
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

std::shared_ptr<const Recalibration> Predictions::recalibration(Progress& progress,
                                                                const VariantKey& but)
{
    const KnownCalibration known = m_calibration.known();
    if (const auto found = made({known.version, m_measured.number()}, but))
        return found;
    if (!known.fisher)
        return nullptr;
    auto [measured, number] = m_measured.all(known);
    const Basis basis{known.version, number};
    measured.erase(but);
    const auto parts = measuredParts(measured, progress);
    if (!parts)
        return nullptr;
    auto anew =
        std::make_shared<const Recalibration>(m_calibration.model().graph.slots.size(), *parts);
    const std::scoped_lock lock(m_mutex);
    if (basis == m_basis)
        m_recalibrations[but] = anew;
    return anew;
}

std::shared_ptr<const Recalibration> Predictions::made(const Basis& basis, const VariantKey& but)
{
    const std::scoped_lock lock(m_mutex);
    if (m_basis != basis)
        m_recalibrations.clear();
    m_basis = basis;
    const auto found = m_recalibrations.find(but);
    return found == m_recalibrations.end() ? nullptr : found->second;
}

std::optional<double> Predictions::roundingDamage(const Recipe& recipe) const
{
    const Graph& graph = m_calibration.model().graph;
    const std::vector<int> scaled = transformedValues(graph, recipe.transforms);
    const std::shared_ptr<const Fisher> fisher = m_calibration.known().fisher;
    double sum = 0;
    for (const auto& [name, scheme] : recipe.values) {
        if (std::ranges::binary_search(scaled, graph.findValue(name)))
            return std::nullopt; // was measured of the value as the original network has it
        const auto damage =
            fisher ? fisher->roundingDamage(graph.findValue(name), activationSchemeNamed(scheme))
                   : std::nullopt;
        if (!damage)
            return std::nullopt;
        sum += *damage;
    }
    return sum;
}

Prediction Predictions::predictionOf(const std::vector<PredictedPart>& parts, double rounding,
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

std::optional<Prediction> Predictions::prediction(const Recipe& recipe, Progress& progress)
{
    if (!m_calibration.canEncode(recipe))
        return std::nullopt;
    const VariantKey key = m_calibration.variant(recipe).key();
    const auto rounding = roundingDamage(recipe);
    const auto parts = rounding ? predictedParts(key, progress) : std::nullopt;
    if (!parts)
        return std::nullopt;
    const auto [isMeasured, prior] = recipe.values.empty() // only of weights is anything learnt
                                         ? m_measured.past(key)
                                         : MeasuredVariants::Past();
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

std::optional<PriorPrediction> Predictions::priorPrediction(const Recipe& recipe,
                                                            Progress& progress)
{
    const auto told = prediction(recipe, progress);
    if (!told)
        return std::nullopt;
    return PriorPrediction{told->range, told->learntFrom, told->slotsMeasured};
}

std::optional<double> Predictions::predictedKl(const Recipe& recipe, Progress& progress)
{
    const auto rounding = m_calibration.canEncode(recipe) ? roundingDamage(recipe) : std::nullopt;
    const auto parts =
        rounding ? predictedParts(m_calibration.variant(recipe).key(), progress) : std::nullopt;
    return parts ? std::optional(sumOfDamages(*parts) + *rounding) : std::nullopt;
}

std::optional<std::vector<double>> Predictions::correctedDamages(const VariantKey& variant,
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

std::vector<TrialPoint> Predictions::trialPoints(Progress& progress)
{
    std::vector<TrialPoint> points;
    for (const auto& [key, trial] : m_measured.trials(progress)) {
        if (!MeasuredVariants::isOfTheseInputs(key.variant, m_calibration.known()))
            continue;
        if (const auto parts = predictedParts(key.variant, progress))
            points.push_back(
                {key.variant.slots, sumOfDamages(*parts), trial.measured, trial.predicted});
    }
    return points;
}

void Predictions::learnFromFit(const Recipe& predictedBest, const Recipe& found,
                               const MeasuredFit& fit)
{
    Progress untold; // a stop ended the measuring, not this
    const auto ofBest = priorPrediction(predictedBest, untold);
    const auto ofFound = priorPrediction(found, untold);
    learnFrom(predictedBest, fit.predictedBest, ofBest);
    if (fit.isBetter)
        learnFrom(found, fit.found, ofFound);
}

void Predictions::learnFrom(const Recipe& recipe, const Estimate& measured,
                            const std::optional<PriorPrediction>& predicted)
{
    if (!(measured.value > 0) || !recipe.values.empty()) // it learns of weights
        return;
    m_measured.keepJudged(m_calibration.variant(recipe).key(), {measured, predicted});
}

} // namespace bitloom

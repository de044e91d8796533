// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/prediction/predictions.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace bitloom {

namespace {

double sumOfDamages(const std::vector<PredictedTerm>& terms)
{
    return std::accumulate(terms.begin(), terms.end(), 0.0,
                           [](double sum, const PredictedTerm& term) { return sum + term.damage; });
}

} // namespace

std::optional<std::vector<PredictedTerm>> Predictions::predictedTerms(const VariantKey& variant,
                                                                      Progress& progress)
{
    const KnownCalibration known = m_calibration.known();
    if (!known.fisher || (variant.needsCalibration() && !known.inputs))
        return std::nullopt;
    const TransformedModel source = m_calibration.transformed(variant.transforms);
    std::vector<PredictedTerm> terms;
    const auto all = static_cast<double>(variant.slots.size());
    for (const SlotKey& change : variant.slots) {
        if (progress.stopRequested())
            return std::nullopt;
        const auto done = static_cast<double>(terms.size());
        ProgressSpan span(progress, done / all, (done + 1) / all);
        const SlotError error =
            m_errors.slotError(source, change.slot, change.encoding, kQuick, 0, span);
        terms.push_back({change, error.damage});
    }
    return terms;
}

std::optional<std::vector<MeasuredTerms>>
Predictions::measuredTerms(const std::map<VariantKey, Estimate>& measured, Progress& progress)
{
    std::vector<MeasuredTerms> known;
    for (const auto& [variant, estimate] : measured) {
        auto terms = predictedTerms(variant, progress);
        if (progress.stopRequested())
            return std::nullopt;
        if (terms && !terms->empty())
            known.push_back({std::move(*terms), estimate});
    }
    return known;
}

std::shared_ptr<const Recalibration> Predictions::recalibration(Progress& progress,
                                                                const VariantKey& but)
{
    const KnownCalibration known = m_calibration.known();
    if (auto found = made({known.version, m_measured.number()}, but))
        return found;
    if (!known.fisher)
        return nullptr;
    auto [measured, number] = m_measured.all(known);
    const Basis basis{known.version, number};
    measured.erase(but);
    const auto terms = measuredTerms(measured, progress);
    if (!terms)
        return nullptr;
    auto anew =
        std::make_shared<const Recalibration>(m_calibration.model().graph.slots.size(), *terms);
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

std::optional<double> Predictions::activationDamage(const Recipe& recipe) const
{
    if (recipe.values.empty())
        return 0;
    const Graph& graph = m_calibration.model().graph;
    const ActivationDamages damages =
        m_calibration.known().activationsAfter(graph, recipe.transforms);
    double sum = 0;
    for (const auto& [name, scheme] : recipe.values) {
        const auto damage = damages.of(graph.findValue(name), activationSchemeNamed(scheme));
        if (!damage)
            return std::nullopt;
        sum += *damage;
    }
    return sum;
}

Prediction Predictions::predictionOf(const std::vector<PredictedTerm>& terms, double activations,
                                     double variance, const Recalibration& known)
{
    Prediction result;
    result.closedForm = sumOfDamages(terms) + activations;
    result.damages = known.sum(terms);
    result.damages.total += activations;
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
    const auto activations = activationDamage(recipe);
    const auto terms = activations ? predictedTerms(key, progress) : std::nullopt;
    if (!terms)
        return std::nullopt;
    const auto [isMeasured, prior] = recipe.values.empty() // only of weights is anything learnt
                                         ? m_measured.past(key)
                                         : MeasuredVariants::Past();
    const auto known = recalibration(progress, isMeasured && !prior ? key : VariantKey{});
    if (!known)
        return std::nullopt;
    Prediction result = predictionOf(*terms, *activations, 0, *known);
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
    const auto predicted = prediction(recipe, progress);
    if (!predicted)
        return std::nullopt;
    return PriorPrediction{predicted->range, predicted->learntFrom, predicted->slotsMeasured};
}

std::optional<double> Predictions::predictedKl(const Recipe& recipe, Progress& progress)
{
    const auto activations =
        m_calibration.canEncode(recipe) ? activationDamage(recipe) : std::nullopt;
    const auto terms =
        activations ? predictedTerms(m_calibration.variant(recipe).key(), progress) : std::nullopt;
    return terms ? std::optional(sumOfDamages(*terms) + *activations) : std::nullopt;
}

std::optional<std::vector<double>> Predictions::correctedDamages(const VariantKey& variant,
                                                                 Progress& progress)
{
    const auto terms = predictedTerms(variant, progress);
    const auto known = terms ? recalibration(progress) : nullptr;
    if (!known)
        return std::nullopt;
    std::vector<double> damages;
    for (const PredictedTerm& term : *terms)
        damages.push_back(known->corrected(term));
    return damages;
}

std::vector<TrialPoint> Predictions::trialPoints(Progress& progress)
{
    std::vector<TrialPoint> points;
    const KnownCalibration known = m_calibration.known();
    for (const auto& [key, trial] : m_measured.trials(progress)) {
        if (!MeasuredVariants::isOfTheseInputs(key.variant, known))
            continue;
        if (const auto terms = predictedTerms(key.variant, progress))
            points.push_back(
                {key.variant.slots, sumOfDamages(*terms), trial.measured, trial.predicted});
    }
    return points;
}

void Predictions::learnFromFit(const Recipe& predictedBest, const Recipe& found,
                               const MeasuredFit& fit)
{
    Progress silent; // a stop ended the measuring, not this
    const auto ofBest = priorPrediction(predictedBest, silent);
    const auto ofFound = priorPrediction(found, silent);
    learnFrom(predictedBest, fit.predictedBest, ofBest);
    if (fit.isBetter)
        learnFrom(found, fit.found, ofFound);
}

void Predictions::learnFrom(const Recipe& recipe, const Estimate& measured,
                            const std::optional<PriorPrediction>& predicted)
{
    if (!(measured.value > 0) || !recipe.values.empty()) // it learns of weights
        return;
    m_measured.keepEvaluated(m_calibration.variant(recipe).key(), {measured, predicted});
}

} // namespace bitloom

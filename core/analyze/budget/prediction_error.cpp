// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/budget/prediction_error.h"

#include "core/analyze/numerics/finite_figures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

namespace bitloom {

namespace {

/// Ranges hold nine of ten of a normal distribution.
constexpr double kNineOfTen = 1.645;
/// Recipes whose totals differ by this factor e^x tell little of each other.
constexpr double kLikeTotals = 1.5;
/// The total at which interactions have half their full effect, nats.
constexpr double kInteractionTotal = 0.3;
/// Measurements that are learnt from: older ones give way.
constexpr size_t kMostKnown = 256;

/// Deviation of what all slots of a recipe share.
double commonDeviation(const DamageSum& sum)
{
    return PredictionError::kCommonError +
           PredictionError::kInteraction * sum.total / (sum.total + kInteractionTotal);
}

double guidedShare(const DamageSum& sum)
{
    return sum.guided / sum.total;
}

double covariance(const DamageSum& a, const DamageSum& b)
{
    const double apart = std::log(a.total / b.total) / kLikeTotals;
    const double common = commonDeviation(a) * commonDeviation(b) * std::exp(-apart * apart / 2);
    return common + PredictionError::kGuidedError * PredictionError::kGuidedError * guidedShare(a) *
                        guidedShare(b);
}

/// Variance of what a recipe does not share with others.
double ownVariance(const DamageSum& sum)
{
    return sum.variance / (sum.total * sum.total) +
           std::pow(PredictionError::kOwnShare * commonDeviation(sum), 2);
}

} // namespace

void DamageSum::add(double damage, bool needsCalibration)
{
    total += damage;
    variance += PredictionError::kSlotError * PredictionError::kSlotError * damage * damage;
    if (needsCalibration)
        guided += damage;
}

void PredictionError::learn(const DamageSum& predicted, const Estimate& measured)
{
    if (!(predicted.total > 0) || !(measured.value > 0) ||
        !std::isfinite(predicted.total + predicted.variance) ||
        !std::isfinite(measured.value + measured.standardError))
        return;
    const double noise = measured.standardError / measured.value;
    m_known.push_back({predicted, std::log(measured.value / predicted.total),
                       noise * noise + ownVariance(predicted)});
    if (m_known.size() > kMostKnown) {
        m_known.erase(m_known.begin());
        m_factor = {};
    }
    while (m_factor.size() < m_known.size())
        condition(m_factor.size());
    m_weights.clear();
    for (const Known& known : m_known)
        m_weights.push_back(known.logRatio);
    m_weights = m_factor.solve(std::move(m_weights));
}

void PredictionError::condition(size_t known)
{
    std::vector<double> row;
    for (size_t other = 0; other <= known; ++other)
        row.push_back(covariance(m_known[known].predicted, m_known[other].predicted));
    row.back() += m_known[known].variance + 1e-9;
    m_factor.append(std::move(row));
}

PredictionRange PredictionError::range(const DamageSum& predicted) const
{
    requireFinite("a recipe", std::array{predicted.total, predicted.variance}, "prediction");
    if (!(predicted.total > 0))
        return {};
    std::vector<double> likeness;
    for (const Known& known : m_known)
        likeness.push_back(covariance(predicted, known.predicted));
    const double mean =
        std::inner_product(likeness.begin(), likeness.end(), m_weights.begin(), 0.0);
    m_factor.solveLower(likeness);
    const double known =
        std::inner_product(likeness.begin(), likeness.end(), likeness.begin(), 0.0);
    // All were measured on much the same text: what it has of its own does not even out.
    double noise = 0;
    for (const Known& one : m_known)
        noise += (one.variance - ownVariance(one.predicted)) / static_cast<double>(m_known.size());
    const double prior = covariance(predicted, predicted);
    const double variance =
        std::max(prior - known, std::min(prior, noise)) + ownVariance(predicted);
    const double value = predicted.total * std::exp(mean);
    const double factor = std::exp(kNineOfTen * std::sqrt(variance));
    return {value, value / factor, value * factor};
}

double logRatioChance(double kl, int64_t tokens)
{
    return std::sqrt(2 * kl / static_cast<double>(std::max<int64_t>(1, tokens)));
}

} // namespace bitloom

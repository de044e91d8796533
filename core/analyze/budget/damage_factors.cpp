// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/budget/damage_factors.h"

#include "core/analyze/numerics/finite_figures.h"
#include "core/base/finite.h"
#include "core/base/random.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace bitloom {

namespace {

using Items = std::vector<std::vector<BudgetOption>>;

/// No factor is less: what is lost stays lost.
constexpr double kLeastFactor = 0.05;

double squared(double value)
{
    return value * value;
}

/// What of a choice costs anything.
std::vector<DamageTerm> damageTermsOf(const Items& items, const std::vector<int>& option)
{
    std::vector<DamageTerm> terms;
    for (size_t item = 0; item < items.size(); ++item) {
        const double damage = items[item][static_cast<size_t>(option[item])].damage;
        if (damage != 0)
            terms.push_back({item, option[item], damage});
    }
    return terms;
}

} // namespace

DamageFactors::DamageFactors(Items items, const std::vector<MeasuredChoice>& measured,
                             const PriorDeviations& priors)
    : m_items(std::move(items))
    , m_measured(measured)
    , m_priors(priors)
{
    for (size_t item = 0; item < m_items.size(); ++item)
        requireFiniteDamages(m_items[item], static_cast<int>(item));
    for (const MeasuredChoice& choice : m_measured)
        requireFinite("a recipe", std::array{choice.damage, choice.standardError}, "fit");
    for (const MeasuredChoice& choice : m_measured)
        m_totals.push_back(choiceOf(m_items, choice.option).damage);
    for (size_t a = 0; a < m_measured.size(); ++a) {
        const std::vector<DamageTerm> terms = damageTermsOf(m_items, m_measured[a].option);
        std::vector<double> own;
        for (size_t b = 0; b <= a; ++b)
            own.push_back(ownCovariance(terms, b));
        own.back() += squared(m_measured[a].standardError) + squared(m_priors.ofSum * m_totals[a]);
        std::vector<double> row = own;
        for (size_t b = 0; b <= a; ++b)
            row[b] += squared(m_priors.ofAll) * m_totals[a] * m_totals[b];
        m_covariance.append(std::move(row));
        m_own.append(std::move(own));
    }
}

double DamageFactors::ownCovariance(std::span<const DamageTerm> sum, size_t measured) const
{
    double covariance = 0;
    for (const auto& [item, option, damageOfTerm] : sum) {
        const int other = m_measured[measured].option[item];
        const double both = damageOfTerm * damage(item, other);
        covariance +=
            both * (squared(m_priors.ofItem) + (option == other ? squared(m_priors.ofOption) : 0));
    }
    return covariance;
}

double DamageFactors::deviation(std::span<const DamageTerm> sum) const
{
    double variance = 0;
    for (const DamageTerm& term : sum)
        variance += squared(term.damage) * (squared(m_priors.ofItem) + squared(m_priors.ofOption));
    std::vector<double> known;
    for (size_t i = 0; i < m_measured.size(); ++i)
        known.push_back(ownCovariance(sum, i));
    m_own.solveLower(known);
    for (const double term : known)
        variance -= squared(term);
    return std::sqrt(notBelowZero(variance));
}

DamageFactors::Factors DamageFactors::corrected(Factors prior,
                                                const std::vector<double>& noise) const
{
    if (m_measured.empty())
        return prior;
    std::vector<double> unexplained;
    for (size_t i = 0; i < m_measured.size(); ++i) {
        double explained = noise[i];
        for (size_t item = 0; item < m_items.size(); ++item) {
            const int option = m_measured[i].option[item];
            explained += damage(item, option) * prior[item][static_cast<size_t>(option)];
        }
        unexplained.push_back(m_measured[i].damage - explained);
    }
    const std::vector<double> weights = m_covariance.solve(unexplained);
    for (size_t i = 0; i < m_measured.size(); ++i)
        for (size_t item = 0; item < m_items.size(); ++item) {
            const int option = m_measured[i].option[item];
            const double ofOption = damage(item, option);
            for (double& factor : prior[item])
                factor += weights[i] * (squared(m_priors.ofAll) * m_totals[i] +
                                        squared(m_priors.ofItem) * ofOption);
            prior[item][static_cast<size_t>(option)] +=
                weights[i] * squared(m_priors.ofOption) * ofOption;
        }
    return prior;
}

Items DamageFactors::with(const Factors& factors) const
{
    Items items = m_items;
    for (size_t item = 0; item < items.size(); ++item)
        for (size_t option = 0; option < items[item].size(); ++option)
            items[item][option].damage *= std::max(kLeastFactor, factors[item][option]);
    return items;
}

Items DamageFactors::expected() const
{
    Factors ones;
    for (const auto& options : m_items)
        ones.emplace_back(options.size(), 1.0);
    return with(corrected(std::move(ones), std::vector<double>(m_measured.size())));
}

Items DamageFactors::drawn(uint64_t seed) const
{
    uint64_t counter = 0;
    const auto normal = [&] { return randomNormal(seed, counter++); };
    Factors prior;
    const double ofAll = 1 + m_priors.ofAll * normal();
    for (const auto& options : m_items) {
        const double ofItem = ofAll + m_priors.ofItem * normal();
        std::vector<double>& factors = prior.emplace_back();
        for (size_t option = 0; option < options.size(); ++option)
            factors.push_back(ofItem + m_priors.ofOption * normal());
    }
    std::vector<double> noise;
    for (size_t i = 0; i < m_measured.size(); ++i)
        noise.push_back(normal() *
                        std::hypot(m_measured[i].standardError, m_priors.ofSum * m_totals[i]));
    return with(corrected(std::move(prior), noise));
}

} // namespace bitloom

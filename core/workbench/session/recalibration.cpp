// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/session/recalibration.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace bitloom {

namespace {

/// Factors that together are as uncertain as PredictionError says: what slots share is its
/// kCommonError, what is their own its kSlotError, most of it alike at every choice of a slot.
constexpr PriorDeviations kPriors = {PredictionError::kCommonError, 0.16, 0.12, 0.02};

/// Logarithms and factors know nothing else.
bool tells(const MeasuredTerms& known)
{
    const double damage = known.terms.front().damage;
    return known.measured.value > 0 && damage > 0 &&
           std::isfinite(known.measured.value + known.measured.standardError + damage);
}

} // namespace

Recalibration::Recalibration(size_t slots, const std::vector<MeasuredTerms>& known)
{
    learnSlots(slots, known);
    for (const MeasuredTerms& measured : known) {
        if (measured.terms.size() < 2)
            continue;
        m_sums.learn(sum(measured.terms), measured.measured);
        ++m_recipes;
    }
}

void Recalibration::learnSlots(size_t slots, const std::vector<MeasuredTerms>& known)
{
    m_items.assign(slots, {{0, 0}, {0, 1}});
    std::vector<MeasuredChoice> alone;
    for (const MeasuredTerms& measured : known) {
        if (measured.terms.size() != 1 || !tells(measured))
            continue;
        const auto& [change, damage] = measured.terms.front();
        const auto slot = static_cast<size_t>(change.slot);
        const auto option = static_cast<int>(m_items[slot].size());
        m_items[slot].push_back({0, damage});
        m_options[change] = option;
        MeasuredChoice& choice = alone.emplace_back();
        choice.option.assign(slots, kStored);
        choice.option[slot] = option;
        choice.damage = measured.measured.value;
        choice.standardError = measured.measured.standardError;
    }
    m_alone = alone.size();
    if (alone.empty())
        return;
    m_factors.emplace(m_items, alone, kPriors);
    m_expected = m_factors->expected();
}

DamageTerm Recalibration::term(const PredictedTerm& predicted) const
{
    const auto measured = m_options.find(predicted.change);
    return {static_cast<size_t>(predicted.change.slot),
            measured == m_options.end() ? kAnyOther : measured->second, predicted.damage};
}

double Recalibration::corrected(const PredictedTerm& predicted) const
{
    if (!m_factors)
        return predicted.damage;
    const DamageTerm one = term(predicted);
    const auto option = static_cast<size_t>(one.option);
    return one.damage * m_expected[one.item][option].damage / m_items[one.item][option].damage;
}

DamageSum Recalibration::sum(std::span<const PredictedTerm> terms) const
{
    DamageSum sum;
    std::vector<DamageTerm> damages;
    for (const PredictedTerm& predicted : terms) {
        const bool guided = predicted.change.encoding.needsCalibration();
        if (!m_factors) {
            sum.add(predicted.damage, guided);
            continue;
        }
        DamageTerm& one = damages.emplace_back(term(predicted));
        one.damage = corrected(predicted);
        sum.total += one.damage;
        sum.guided += guided ? one.damage : 0;
    }
    if (m_factors)
        sum.variance = std::pow(m_factors->deviation(damages), 2);
    return sum;
}

double Recalibration::deviation(const SlotKey& change) const
{
    if (!m_factors)
        return PredictionError::kSlotError;
    const DamageTerm one = term({change, 1});
    return m_factors->deviation({&one, 1});
}

} // namespace bitloom

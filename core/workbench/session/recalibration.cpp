// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/session/recalibration.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace bitloom {

namespace {

/// Factors that together are as doubtful as PredictionError says: what slots share is its
/// kCommonError, what is their own its kSlotError, most of it alike at every choice of a slot.
constexpr FactorDoubts kDoubts = {PredictionError::kCommonError, 0.16, 0.12, 0.02};

/// Logarithms and factors know nothing else.
bool tells(const MeasuredParts& known)
{
    const double damage = known.parts.front().damage;
    return known.measured.value > 0 && damage > 0 &&
           std::isfinite(known.measured.value + known.measured.standardError + damage);
}

} // namespace

Recalibration::Recalibration(size_t slots, const std::vector<MeasuredParts>& known)
{
    learnSlots(slots, known);
    for (const MeasuredParts& measured : known) {
        if (measured.parts.size() < 2)
            continue;
        m_sums.learn(sum(measured.parts), measured.measured);
        ++m_recipes;
    }
}

void Recalibration::learnSlots(size_t slots, const std::vector<MeasuredParts>& known)
{
    m_items.assign(slots, {{0, 0}, {0, 1}});
    std::vector<MeasuredChoice> alone;
    for (const MeasuredParts& measured : known) {
        if (measured.parts.size() != 1 || !tells(measured))
            continue;
        const auto& [change, damage] = measured.parts.front();
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
    m_factors.emplace(m_items, alone, kDoubts);
    m_expected = m_factors->expected();
}

DamagePart Recalibration::part(const PredictedPart& predicted) const
{
    const auto measured = m_options.find(predicted.change);
    return {static_cast<size_t>(predicted.change.slot),
            measured == m_options.end() ? kAnyOther : measured->second, predicted.damage};
}

double Recalibration::corrected(const PredictedPart& predicted) const
{
    if (!m_factors)
        return predicted.damage;
    const DamagePart one = part(predicted);
    const auto option = static_cast<size_t>(one.option);
    return one.damage * m_expected[one.item][option].damage / m_items[one.item][option].damage;
}

DamageSum Recalibration::sum(std::span<const PredictedPart> parts) const
{
    DamageSum sum;
    std::vector<DamagePart> told;
    for (const PredictedPart& predicted : parts) {
        const bool guided = predicted.change.encoding.looksAtInputs();
        if (!m_factors) {
            sum.add(predicted.damage, guided);
            continue;
        }
        DamagePart& one = told.emplace_back(part(predicted));
        one.damage = corrected(predicted);
        sum.total += one.damage;
        sum.guided += guided ? one.damage : 0;
    }
    if (m_factors)
        sum.variance = std::pow(m_factors->deviation(told), 2);
    return sum;
}

double Recalibration::deviation(const SlotKey& change) const
{
    if (!m_factors)
        return PredictionError::kSlotError;
    const DamagePart one = part({change, 1});
    return m_factors->deviation({&one, 1});
}

} // namespace bitloom

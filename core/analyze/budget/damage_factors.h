// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/budget/budget.h"
#include "core/analyze/numerics/cholesky.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace bitloom {

/// A choice whose damage was measured, and how sure that is.
struct MeasuredChoice {
    std::vector<int> option;
    double damage = 0;
    double standardError = 0;
};

/// Prior standard deviations of a factor about 1.
struct PriorDeviations {
    double ofAll = 0.3;     ///< damages together
    double ofItem = 0.3;    ///< an item's together
    double ofOption = 0.15; ///< one option's, as measured
    /// Of a sum of damages, relative to it: errors of slots add up or cancel.
    double ofSum = 0.02;
};

/// A term of a sum: an item at an option, or at one that never was measured (kOtherOption).
struct DamageTerm {
    static constexpr int kOtherOption = -1;
    size_t item = 0;
    int option = kOtherOption;
    double damage = 0;
};

/// How far predicted damages are off, learnt from choices that were measured. Every damage has a
/// factor about 1, made of a term for all, one of its item and one of its own; measured sums narrow
/// them down (a Gaussian process with that covariance; Rasmussen and Williams 2006, §2.2).
class DamageFactors {
public:
    DamageFactors(std::vector<std::vector<BudgetOption>> items,
                  const std::vector<MeasuredChoice>& measured, const PriorDeviations& priors = {});

    /// The options with what their damages most likely are.
    std::vector<std::vector<BudgetOption>> expected() const;
    /// With what they might be: drawn from what is believed (Thompson 1933).
    std::vector<std::vector<BudgetOption>> drawn(uint64_t seed) const;
    /// Standard deviation that the items' and options' own factors leave a sum, as if what all
    /// share were known. Each item at most once.
    double deviation(std::span<const DamageTerm> sum) const;

private:
    /// A factor for every option of every item.
    using Factors = std::vector<std::vector<double>>;
    /// `prior` moved to what was measured; `noise`: what the measurements may be off, in standard
    /// errors.
    Factors corrected(Factors prior, const std::vector<double>& noise) const;
    std::vector<std::vector<BudgetOption>> with(const Factors& factors) const;
    /// The covariance of what a sum and a measured choice have of their own.
    double ownCovariance(std::span<const DamageTerm> sum, size_t measured) const;
    double damage(size_t item, int option) const
    {
        return m_items[item][static_cast<size_t>(option)].damage;
    }

    std::vector<std::vector<BudgetOption>> m_items;
    std::vector<MeasuredChoice> m_measured;
    PriorDeviations m_priors;
    std::vector<double> m_totals; ///< predicted, by measured choice
    CholeskyFactor m_covariance;  ///< of the totals, noise included
    CholeskyFactor m_own;         ///< the same without what all share
};

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/budget/budget.h"

#include <array>
#include <cstdint>
#include <vector>

namespace bitloom {

/// What an option costs of two budgets, each in its own whole units.
using PairCost = std::array<int64_t, 2>;

/// A choice within two budgets.
struct PairChoice {
    std::vector<int> option;
    PairCost cost = {};
    double damage = 0;
    std::array<double, 2> price = {}; ///< nats per unit; 0: that budget is not what limits
    double bound = 0;                 ///< no choice within both budgets loses less
};

/// The multiple-choice knapsack with two budgets, by multipliers: prices that
/// make the best of the priced problem largest, found by cutting planes; from the choices that this
/// comes by, those that break a budget are mended one item at a time, and what is left is filled.
/// At most two items of the relaxed optimum are split, so a choice is about as far from the bound
/// as two items are large.
class PairSolver {
public:
    /// `costs[item][option]` beside the damages of `items`, whose bytes do not count. Error when an
    /// item has no option.
    PairSolver(const std::vector<std::vector<BudgetOption>>& items,
               const std::vector<std::vector<PairCost>>& costs);

    /// The least damage found within both. Error, one for each, where nothing can be within both,
    /// and where nothing was found that is.
    PairChoice within(const PairCost& budget) const;

private:
    struct Cut;
    class Allocation;

    /// The best of the priced problem, as a cut; prices by scaled cost.
    Cut priced(const std::array<double, 2>& price, double damageWeight,
               const PairCost& budget) const;
    std::vector<Cut> cutsWithin(const PairCost& budget, std::array<double, 2>& price,
                                double& bound) const;
    size_t count() const { return m_first.size() - 1; }
    size_t optionsOf(size_t item) const { return m_first[item + 1] - m_first[item]; }

    std::vector<size_t> m_first; ///< of every item in what follows; and the end
    std::vector<double> m_damage;
    std::vector<PairCost> m_cost;
    std::array<double, 2> m_scale = {1, 1}; ///< between the least and the most of each cost
    double m_mostDamage = 0;
};

} // namespace bitloom

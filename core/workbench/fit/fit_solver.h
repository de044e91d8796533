// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private to the workbench: what is best within the budgets of a fit.

#include "core/analyze/budget/budget_pair.h"
#include "core/workbench/fit/fit_damages.h"

#include <vector>

namespace bitloom {

/// One or two budgets of a plan, and the best within them for given damages.
class FitSolver {
public:
    /// Error naming the smallest budget the plan's choices allow, where that is more than asked.
    FitSolver(const FitPlan& plan, const std::vector<FitBudget>& budgets);

    /// The cost of every option of the first budget; no damages yet.
    const FitOptions& options() const { return m_options; }
    bool hasTwoBudgets() const { return !m_others.empty(); }
    /// What the items may take of the first budget.
    int64_t left() const { return m_left[0]; }
    /// The optimum, where that is found soon, else close to it. `damaged`: the options, with
    /// damages. Error where two budgets do not go together.
    BudgetChoice best(const FitOptions& damaged) const;
    /// Close to it.
    BudgetChoice roughlyBest(const FitOptions& damaged) const;
    /// Whether a choice keeps within both budgets, where there are two.
    bool fits(const std::vector<int>& option) const;

private:
    BudgetChoice withinBoth(const FitOptions& damaged) const;

    FitOptions m_options;
    std::vector<std::vector<PairCost>> m_others; ///< of both budgets; empty: there is one
    PairCost m_left = {};
};

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/fit/fit_solver.h"

namespace bitloom {

FitSolver::FitSolver(const FitPlan& plan, const std::vector<FitBudget>& budgets)
    : m_options(plan.options(budgets.front()))
{
    for (size_t i = 0; i < budgets.size(); ++i) {
        plan.requireReachable(budgets[i]);
        m_left[i] = plan.left(budgets[i]);
    }
    if (budgets.size() < 2)
        return;
    const FitOptions second = plan.options(budgets.back());
    for (size_t item = 0; item < m_options.size(); ++item) {
        std::vector<PairCost>& costs = m_others.emplace_back();
        for (size_t option = 0; option < second[item].size(); ++option)
            costs.push_back({m_options[item][option].bytes, second[item][option].bytes});
    }
}

BudgetChoice FitSolver::withinBoth(const FitOptions& damaged) const
{
    const PairChoice found = PairSolver(damaged, m_others).within({m_left[0], m_left[1]});
    BudgetChoice choice = choiceOf(damaged, found.option);
    choice.price = found.price[0];
    return choice;
}

bool FitSolver::fits(const std::vector<int>& option) const
{
    PairCost sum = {};
    for (size_t item = 0; item < m_others.size(); ++item)
        for (size_t budget = 0; budget < sum.size(); ++budget)
            sum[budget] += m_others[item][static_cast<size_t>(option[item])][budget];
    return sum[0] <= m_left[0] && sum[1] <= m_left[1];
}

BudgetChoice FitSolver::best(const FitOptions& damaged) const
{
    if (hasTwoBudgets())
        return withinBoth(damaged);
    const std::optional<BudgetChoice> exact = exactBudget(damaged, left());
    return exact ? *exact : roughlyBest(damaged);
}

BudgetChoice FitSolver::roughlyBest(const FitOptions& damaged) const
{
    return hasTwoBudgets() ? withinBoth(damaged) : BudgetSolver(damaged).within(left());
}

} // namespace bitloom

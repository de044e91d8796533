// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bitloom {

/// One way to store an item and what it costs.
struct BudgetOption {
    int64_t bytes = 0;
    double damage = 0; ///< nats per token
};

/// One point of the front: the option chosen for each item.
struct BudgetChoice {
    std::vector<int> option;
    int64_t bytes = 0;
    double damage = 0;
    double price = 0; ///< nats per byte at which the last step was bought
};

/// The multiple-choice knapsack by its Lagrangian hull (allocation.md §5.3): starting from the
/// smallest option of every item, hull steps are bought in order of damage saved per byte while the
/// budget allows; a step that no longer fits is skipped and smaller ones after it still tried.
/// Error when even the smallest options exceed `budget`.
BudgetChoice fitBudget(const std::vector<std::vector<BudgetOption>>& items, int64_t budget);

/// All corner points of the front from smallest to largest.
std::vector<BudgetChoice> budgetFront(const std::vector<std::vector<BudgetOption>>& items);

} // namespace bitloom

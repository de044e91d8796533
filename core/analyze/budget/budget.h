// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace bitloom {

/// One way to store an item and what it costs.
struct BudgetOption {
    int64_t bytes = 0;
    double damage = 0; ///< nats per token
};

/// The option chosen for each item.
struct BudgetChoice {
    std::vector<int> option;
    int64_t bytes = 0;
    double damage = 0;
    double price = 0; ///< nats per byte at which the last step was bought
};

/// Error when the damage of an option is not finite: no search ends well with one.
void requireFiniteDamages(const std::vector<BudgetOption>& options, int item);

/// What the options of the items come to; no price.
BudgetChoice choiceOf(const std::vector<std::vector<BudgetOption>>& items,
                      const std::vector<int>& option);

/// The multiple-choice knapsack by its Lagrangian hull (Everett 1963). Prepared once for its
/// items, then every budget is answered in one walk over the hull's steps, which are bought in
/// order of damage saved per byte.
class BudgetSolver {
public:
    /// Error when an item has no option, or one whose damage is not finite.
    explicit BudgetSolver(std::vector<std::vector<BudgetOption>> items);

    /// The least damage found within `bytes`: hull steps while they fit; one that no longer fits is
    /// skipped and smaller ones after it still tried, then options off the hull. Error when even
    /// the smallest options exceed `bytes`.
    BudgetChoice within(int64_t bytes) const;
    /// The fewest bytes found with at most `damage`. Error when no choice is that good.
    BudgetChoice reaching(double damage) const;
    /// Every item at its smallest.
    const BudgetChoice& smallest() const { return m_smallest; }
    /// Corners of the front from smallest to largest: all, or `most` (at least 2) spread over them.
    /// No choice of the same bytes or fewer has less damage than a corner.
    std::vector<BudgetChoice> front(size_t most = SIZE_MAX) const;

private:
    struct Step {
        int item = 0;
        int from = 0; ///< option index
        int to = 0;
        double price = 0;
    };
    class Allocation;

    void addItem(int item);
    const BudgetOption& option(int item, int index) const
    {
        return m_items[static_cast<size_t>(item)][static_cast<size_t>(index)];
    }

    std::vector<std::vector<BudgetOption>> m_items;
    std::vector<Step> m_steps; ///< dearest saving first
    BudgetChoice m_smallest;
};

/// A change of one item: bytes and damage are what is paid for one and saved of the other.
struct BudgetStep {
    int option = 0; ///< what the item becomes
    int64_t bytes = 0;
    double damage = 0;
};
/// The larger option that saves most damage per byte; nothing where none saves any.
std::optional<BudgetStep> stepUp(const std::vector<BudgetOption>& options, int now);
/// The smaller option that adds least damage per byte saved; nothing where none is smaller.
std::optional<BudgetStep> stepDown(const std::vector<BudgetOption>& options, int now);

/// The optimum within `bytes`, by dynamic programming over bytes in units of their common divisor:
/// for small models, and the check of the hull. Nothing where it would take more than a second or
/// so (10⁸ steps). Error as BudgetSolver::within.
std::optional<BudgetChoice> exactBudget(const std::vector<std::vector<BudgetOption>>& items,
                                        int64_t bytes);

} // namespace bitloom

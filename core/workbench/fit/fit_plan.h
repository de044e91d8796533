// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private to the workbench: a fit, prepared.

#include "core/analyze/budget/budget.h"
#include "core/quantize/variant/size.h"
#include "core/workbench/fit/fit_budget.h"
#include "core/workbench/settings/fit_settings.h"

#include <algorithm>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bitloom {

/// Slots the fit may change, together, and what they may become: choices[option][i] is for slot i.
struct FitItem {
    std::vector<int> slots;
    std::vector<std::vector<SlotChoice>> choices;
};

/// What a fit may choose between, and what that takes of its budgets.
class FitPlan {
public:
    /// Whether a slot's weights are not too large for a choice.
    using CanHold = std::function<bool(int slot, const SlotChoice& choice)>;
    FitPlan(const Model& model, Recipe start, const FitSettings& settings, CanHold canHold);

    const std::vector<FitItem>& items() const { return m_items; }
    /// What every option takes of a budget, in its unit; no damages.
    std::vector<std::vector<BudgetOption>> options(const FitBudget& budget) const;
    /// What the items together may take of it.
    int64_t left(const FitBudget& budget) const;
    /// The budgets that are sizes of the recipe; of a fit to a damage: the file's, without limit.
    std::vector<FitBudget> sizeBudgets() const;
    Recipe recipe(const BudgetChoice& chosen) const;
    /// Error naming the smallest budget these choices allow, when that is more than was asked for.
    void requireReachable(const FitBudget& budget) const;
    /// The smallest file these choices allow, its slots encoded in the plainest way.
    Recipe smallest() const;
    /// Quantizable slots that keep what the start gives them.
    const std::vector<int>& lockedSlots() const { return m_locked; }
    bool isFree(int slot) const { return std::ranges::find(m_locked, slot) == m_locked.end(); }
    const Recipe& start() const { return m_start; }
    Size size(const Recipe& recipe) const { return m_sizes.size(recipe); }

private:
    const Slot& slotAt(int index) const { return m_model.graph.slot(index); }
    std::vector<SlotChoice> choicesWith(const std::vector<int>& group, std::string_view scheme,
                                        const std::string& method) const;
    std::vector<std::vector<SlotChoice>> choicesOf(const std::vector<int>& group) const;
    bool wanted(const Scheme& scheme) const;
    bool areHeld(const std::vector<int>& group, const std::vector<SlotChoice>& choices) const;
    /// Whether every limit of the group's slots allows this; empty: as stored.
    bool isWithinLimits(const std::vector<int>& group, std::string_view scheme) const;
    std::span<const std::string> methodsFor(const Scheme& scheme) const;
    void set(Recipe& recipe, const FitItem& item, size_t option) const;
    /// What a whole recipe takes.
    int64_t total(const FitBudget& budget, const Recipe& recipe) const;
    /// What an item's slots take: of the file's bytes, give or take what is the same for all of its
    /// options.
    int64_t cost(const FitBudget& budget, const FitItem& item, size_t option) const;

    const Model& m_model;
    Recipe m_start;
    const FitSettings& m_settings;
    std::vector<int> m_transformed; ///< transformedSlots of the start
    CanHold m_canHold;
    const Target& m_target;
    SizeCalculator m_sizes;
    std::vector<FitItem> m_items;
    std::vector<int> m_locked;
    Recipe m_base; ///< every item at its first choice
};

} // namespace bitloom

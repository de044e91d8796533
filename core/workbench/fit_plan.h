// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private to the workbench: a fit, prepared.

#include "core/analyze/budget.h"
#include "core/quantize/size.h"
#include "core/workbench/workbench.h"

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

/// What a fit may choose between, in the bytes of its budget.
class FitPlan {
public:
    FitPlan(const Model& model, Recipe start, const FitSettings& settings);

    const std::vector<FitItem>& items() const { return m_items; }
    /// Bytes of every option, in the unit of the budget.
    std::vector<std::vector<BudgetOption>> options() const;
    /// Bytes that the items together may take.
    int64_t budget() const;
    Recipe recipe(const BudgetChoice& chosen) const;
    /// Error naming the smallest budget these choices allow, when that is more than was asked for.
    void requireReachable(const BudgetChoice& smallest) const;
    /// Quantizable slots that keep what the start gives them.
    const std::vector<int>& keptSlots() const { return m_kept; }
    const Recipe& start() const { return m_start; }
    Size size(const Recipe& recipe) const { return m_sizes.size(recipe); }

private:
    const Slot& slotAt(int index) const { return m_model.graph.slots[static_cast<size_t>(index)]; }
    std::vector<SlotChoice> choicesWith(const std::vector<int>& group, std::string_view scheme,
                                        const std::string& method) const;
    std::vector<std::vector<SlotChoice>> choicesOf(const std::vector<int>& group) const;
    bool wanted(const Scheme& scheme) const;
    std::span<const std::string> methodsFor(const Scheme& scheme) const;
    void set(Recipe& recipe, const FitItem& item, size_t option) const;
    int64_t bytesWith(const FitItem& item, size_t option) const;
    /// Bytes of its slots with its first choices.
    int64_t firstBytes(const FitItem& item) const;
    int64_t counted(const Size& size) const
    {
        return m_settings.bitsPerWeight ? size.quantizableBytes : size.fileBytes;
    }

    const Model& m_model;
    Recipe m_start;
    const FitSettings& m_settings;
    const Target& m_target;
    SizeCalculator m_sizes;
    std::vector<FitItem> m_items;
    std::vector<int> m_kept;
    Recipe m_base; ///< every item at its first choice
};

} // namespace bitloom

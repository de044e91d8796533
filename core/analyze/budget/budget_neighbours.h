// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/budget/damage_factors.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace bitloom {

/// What choices must keep within.
struct SearchBounds {
    int64_t bytes = 0; ///< of all options chosen
    /// Where there is more to keep within: the optimum for other damages, and whether a choice
    /// within the bytes is possible.
    std::function<BudgetChoice(const std::vector<std::vector<BudgetOption>>& damaged)> best = {};
    std::function<bool(const std::vector<int>& option)> fits = {};
};

/// Choices near the predicted best, for which a measurement decides: `count` at most, all within
/// the bounds, each once and none that is known.

/// By the options chosen.
using IsKnown = std::function<bool(const std::vector<int>& option)>;

/// What would be best with damages drawn from what is believed of them.
std::vector<BudgetChoice> drawnOptima(const DamageFactors& factors, const SearchBounds& bounds,
                                      size_t count, uint64_t seed, const IsKnown& isKnown);

/// `from` with one item changed, or with one a step up and another a step down, least damage first.
std::vector<BudgetChoice> exchanges(const std::vector<std::vector<BudgetOption>>& items,
                                    const BudgetChoice& from, const SearchBounds& bounds,
                                    size_t count, const IsKnown& isKnown);

} // namespace bitloom

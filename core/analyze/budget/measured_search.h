// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/budget/budget.h"
#include "core/analyze/budget/budget_neighbours.h"
#include "core/analyze/numerics/estimate.h"
#include "core/base/progress.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace bitloom {

/// What a choice really loses on each of the examples [from, to) of a text. Nothing: stopped.
using MeasureChoice =
    std::function<std::vector<BlockSum>(const BudgetChoice& choice, size_t from, size_t to)>;

struct SearchSettings {
    size_t examples = 0;    ///< half of them to search on, the others for the verdict
    size_t candidates = 16; ///< of a round, the best so far among them
    int patience = 6;       ///< rounds in a row that find nothing better before it ends
    uint64_t seed = 1;
};
/// Error when so few examples cannot bear a verdict.
void requireSearchable(size_t examples);

/// A choice that was measured.
struct Tried {
    BudgetChoice choice; ///< with what was predicted
    Estimate measured;   ///< on the examples it has seen
};

struct SearchResult {
    BudgetChoice best; ///< the start where nothing is surely better
    /// On the examples the search never looked at: what the start loses, the best found loses, and
    /// how much less that is, paired.
    Estimate before;
    Estimate after;
    Estimate saved;
    std::vector<Tried> tried; ///< each once
    bool complete = true;     ///< false: stopped before it ran out of ideas

    bool isBetter() const { return saved.value > 2 * saved.standardError && saved.value > 0; }
};

/// Looks for a choice that loses less than `start` within the bounds, by measuring: rounds of
/// successive halving (core/analyze/budget/successive_halving.h) among what would be best if the
/// predictions were off, and among exchanges of one and two items, in turn. Whatever wins a round
/// is held against the start on the other half of the examples, so that the verdict is not
/// flattered by the choosing. Stopped: the best so far. Error as requireSearchable.
SearchResult searchMeasured(const std::vector<std::vector<BudgetOption>>& items,
                            const BudgetChoice& start, const SearchBounds& bounds,
                            const MeasureChoice& measure, const SearchSettings& settings,
                            Progress& progress);

} // namespace bitloom

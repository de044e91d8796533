// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/graph/graph.h"

#include <compare>
#include <optional>
#include <vector>

namespace bitloom {

/// What the rows of a slot are multiplied with.
struct SlotInput {
    int value = -1;        ///< index into Graph::values
    bool previous = false; ///< the value of the position before (a hidden state), zero at first

    // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 sees a pointer in it
    auto operator<=>(const SlotInput&) const = default;
};

/// The input of the steps that multiply with the slot (of the first, should
/// they differ). Nothing for a table that is looked up, also when a tied head multiplies with it:
/// an error there is felt by both, and one of them knows no correlations.
std::optional<SlotInput> slotInput(const Graph& graph, int slot);

/// The slots that are multiplied at all, those with the same input together (q, k and v; gate and
/// up): who scales an input scales it for all of them. In order of their first slots.
std::vector<std::vector<int>> slotsByInput(const Graph& graph);

} // namespace bitloom

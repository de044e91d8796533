// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/graph.h"

#include <compare>
#include <optional>

namespace bitloom {

/// What the rows of a slot are multiplied with.
struct SlotInput {
    int value = -1;        ///< index into Graph::values
    bool previous = false; ///< the value of the position before (a hidden state), zero at first

    auto operator<=>(const SlotInput&) const = default;
};

/// The input of the first linear or recurrent step that multiplies with the slot; nothing for
/// tables that are only looked up.
std::optional<SlotInput> slotInput(const Graph& graph, int slot);

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/graph/graph.h"

#include <vector>

namespace bitloom {

/// Indices of the slots that can be quantized, in order.
std::vector<int> quantizableSlots(const Graph& graph);
/// Indices of the values that can be quantized, in order.
std::vector<int> quantizableValues(const Graph& graph);

} // namespace bitloom

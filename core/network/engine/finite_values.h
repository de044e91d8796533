// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/tensor.h"
#include "core/network/graph/graph.h"

#include <functional>
#include <string>
#include <string_view>

namespace bitloom {

/// How a slot is stored where a network runs ("int4-g32-sym"); empty: nobody knows.
using StoredAs = std::function<std::string_view(int slot)>;

/// Error when a value that the network computed holds a number that is not finite: names the value,
/// the place, the operation and what it was computed from.
void requireFiniteValue(const Graph& graph, int value, MatrixView rows, const StoredAs& storedAs);

/// Refuses an output that is not finite where nobody knows which value was the first.
[[noreturn]] void refuseOutput(std::string_view operation);

/// Error when a row of what a network is asked for is not finite: whoever compares outputs would
/// take NaN for agreement.
void requireFiniteOutput(MatrixView rows, std::string_view operation);

} // namespace bitloom

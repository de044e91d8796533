// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/graph/graph.h"

#include <vector>

namespace bitloom {

/// The program cut into segments that run one after the other, each from the value that the one
/// before ends with: there, where one block ends and one value alone is still needed. A stretch
/// that several values lead out of stays in one segment. Together they compute what the program
/// does.
std::vector<Program> segmentsOf(const Graph& graph, const Program& program);

/// One segment that does what the two do, `second` directly behind `first`.
Program joined(const Program& first, const Program& second);

} // namespace bitloom

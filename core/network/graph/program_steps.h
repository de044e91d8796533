// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/graph/graph.h"

namespace bitloom {

/// The steps, in order, that the program's output still takes when `value` is given. The program's
/// own input: all that lead to the output. Error naming what else would have to be known.
std::vector<Step> stepsBehind(const Graph& graph, const Program& program, int value);

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/graph/graph.h"

#include <string>
#include <vector>

namespace bitloom {

/// A norm whose output nothing reads but products with matrices: what its weights are divided by,
/// the columns of those matrices can be multiplied by, and the network computes the same.
struct ScalingGroup {
    int value = -1;            ///< the norm's output
    std::vector<int> norm;     ///< its vectors
    std::vector<int> products; ///< the matrices
};

/// All of a graph. `leftOut` receives a sentence for each norm that something else reads too, by
/// what that is.
std::vector<ScalingGroup> scalingGroups(const Graph& graph, std::vector<std::string>& leftOut);

} // namespace bitloom

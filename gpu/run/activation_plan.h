// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/graph/graph.h"
#include "gpu/device/device.h"
#include "gpu/memory/lifetimes.h"

#include <vector>

namespace bitloom {

/// Rows that a recording may have room for on such a device, ascending: a run takes the smallest
/// that suffices. Error when the widest value cannot be bound at once.
std::vector<int64_t> runSizes(const Graph& graph, const DeviceLimits& limits);

/// Where the values of a recording lie in its memory.
struct ActivationPlan {
    std::vector<int64_t> bytes;   ///< by graph value, then of the scratch memory
    std::vector<int64_t> offsets; ///< the same
    int64_t arenaBytes = 0;
    int64_t readBackBytes = 0; ///< what the host reads afterwards
};
/// For `steps` of the program over `tokens` rows. `keepAll`: no two values share memory, and the
/// host reads all of them. `addedRank`: DeviceWeights::addedRank.
ActivationPlan planActivations(const Graph& graph, const Program& program,
                               const std::vector<Step>& steps, int64_t tokens, bool keepAll,
                               int64_t alignment, int64_t addedRank);

/// Bytes of every state of one text of up to `positions` tokens.
std::vector<int64_t> stateSizes(const Graph& graph, int64_t positions);

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/text/text.h"
#include "core/base/progress.h"
#include "core/network/engine/engine.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace bitloom {

/// How much of what a segment of the network gives is error: a block, or what stands before,
/// between and behind blocks.
struct SegmentError {
    int block = -1; ///< -1: outside the blocks
    int value = -1; ///< what the segment's last step gives: index into Graph::values
    /// Signal to quantization noise of the hidden state, dB: 10 log10(Σ h² / Σ (h − ĥ)²) over all
    /// positions; absent where nothing differs.
    std::optional<double> sqnr;
};

/// How the error grows from the first segment of a network to its output.
struct ErrorGrowth {
    std::vector<SegmentError> segments; ///< in the order they run
    int64_t windows = 0;                ///< that were finished
    bool complete = true;               ///< false: stopped early
};

/// Runs both engines, which must be tappable, over the same windows. Memory: what all segments give
/// over one window.
ErrorGrowth errorGrowth(const Graph& graph, Engine& original, Engine& quantized,
                        const std::vector<Window>& windows, Progress& progress);

} // namespace bitloom

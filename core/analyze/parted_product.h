// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private: includes torch. Only the files in BITLOOM_TORCH_FILES may include this.

#include "core/analyze/gradient_graph.h"

#include <memory>
#include <span>

namespace bitloom {

/// What makeGradientGraph makes, differentiated one part of the network at a time (partsOf), so
/// that never more than a part's graph is held: forward, what lies between parts and its tangents
/// along the direction; then back, each part run again and differentiated twice. Takes about half
/// as long again, and keeps nothing between products.
std::unique_ptr<GradientGraph> makePartedGraph(const Differentiation& what,
                                               std::span<const Window> windows);

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private: includes torch. Only the files in BITLOOM_TORCH_FILES may include this.

#include "core/analyze/hessian/gradient_graph.h"

#include <functional>
#include <span>
#include <vector>

namespace bitloom {

/// The direction in one of some slots, shaped as its weights; may be asked for several times.
using DirectionOf = std::function<torch::Tensor(size_t index)>;
/// Takes a summand of the product in one of some slots.
using TakeProduct = std::function<void(size_t index, const torch::Tensor& product)>;

/// The Hessian of the loss of windows that are alike, over some slots, times a direction in them;
/// as GradientGraph::product, but one segment of the network at a time (segmentsOf), so that never
/// more than a segment's graph is held: forward, what lies between segments and its tangents along
/// the direction; then back, each segment run again and differentiated twice. Takes about half as
/// long again. What nobody takes is zero.
void segmentedProduct(const Differentiation& what, std::span<const Window> windows,
                      const std::vector<int>& some, const DirectionOf& directionOf,
                      const TakeProduct& take);

} // namespace bitloom

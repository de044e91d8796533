// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private: includes torch. Only the files in BITLOOM_TORCH_FILES may include this.

#include <array>
#include <torch/torch.h>

namespace bitloom {

/// What a recurrent cell is given; gates in the order i, f, g, o.
struct TorchGates {
    std::array<torch::Tensor, 4> inputs;   ///< [texts · positions, width] each
    std::array<torch::Tensor, 4> matrices; ///< of the hidden state: [width, width] each
    std::array<torch::Tensor, 4> biases;   ///< [1, width] each, or undefined
};

/// What it remembers: [texts, width] each.
struct TorchCell {
    torch::Tensor hidden;
    torch::Tensor cell;
};

/// The hidden state at every position of texts of one length, [texts · positions, width] (`lstm` of
/// graph.h); `memory` goes from what stood before the first position to what stands after the last.
/// Differentiable.
torch::Tensor torchLstm(const TorchGates& gates, TorchCell& memory);

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private: includes torch. Only the files in BITLOOM_TORCH_FILES may include this.

#include <array>
#include <functional>
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

/// Takes the hidden states of a position as they come, [texts, width], and returns those that
/// everything goes on with.
using TorchHiddenRule = std::function<torch::Tensor(torch::Tensor hidden)>;

/// The hidden state at every position of texts of one length, [texts · positions, width] (`lstm` of
/// graph.h); `memory` goes from what stood before the first position to what stands after the last.
/// Differentiable as far as `rule` is.
torch::Tensor torchLstm(const TorchGates& gates, TorchCell& memory, const TorchHiddenRule& rule);

} // namespace bitloom

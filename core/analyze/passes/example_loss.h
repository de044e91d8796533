// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private: includes torch. Only the files in BITLOOM_TORCH_FILES may include this.

#include "core/analyze/text/text.h"
#include "core/network/torch/torch_forward.h"

#include <cstdint>
#include <span>
#include <torch/torch.h>
#include <vector>

namespace bitloom {

/// Error when a window has nothing to predict.
void checkWindows(const std::vector<Window>& windows);

/// What the network sees of a window: all of a sentence; of a text all but the last token, which
/// predicts nothing.
std::span<const int32_t> seenTokens(const Graph& graph, const Window& window);

/// The rows of the network's output whose predictions count, [predictions, width], for windows
/// alike in length and first prediction, one below the other.
torch::Tensor scoredRows(const Graph& graph, const torch::Tensor& output,
                         std::span<const Window> windows);

/// What a segment of the network ends with for windows alike in length, one below the other.
/// `given`: what the segment before ended with; undefined where it reads tokens. Hooks: of the
/// pass.
torch::Tensor runSegment(const Graph& graph, const Program& segment, TorchWeights& weights,
                         std::span<const Window> windows, const torch::Tensor& given,
                         const TorchHook& hook = {}, const TorchHook& hiddenHook = {});

/// The network's output for the predictions of windows alike in length and first prediction, one
/// below the other: [predictions, width]. `hook`: of the pass, may be empty.
torch::Tensor scoredOutput(const Graph& graph, TorchWeights& weights,
                           std::span<const Window> windows, const TorchHook& hook = {});

/// The loss of one example whose squared gradient is the Fisher information (OutputKind): of a
/// window or a sentence, −Σ log p(label) with labels drawn from the model's own distribution; of an
/// embedding, u · ê with u Gaussian, so that the expected damage is ½‖Δê‖² = 1 − cosine.
/// `output`: [predictions, width]. `example`: its number, which with the seed decides the draws.
torch::Tensor exampleLoss(OutputKind kind, const torch::Tensor& output, uint64_t seed,
                          uint64_t example);

} // namespace bitloom

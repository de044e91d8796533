// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private: includes torch. Only the files in BITLOOM_TORCH_FILES may include this.

#include "core/analyze/passes/curvature_objective.h"
#include "core/analyze/text/text.h"
#include "core/network/graph/graph.h"

#include <span>
#include <torch/torch.h>

namespace bitloom {

/// What the loss compares the output of windows with, not to be differentiated: labels (int64),
/// shares of the classes, or unit vectors. `output`: [predictions, width].
torch::Tensor curvatureTarget(const Graph& graph, CurvatureLoss loss, const torch::Tensor& output,
                              std::span<const Window> windows);
/// Summed over predictions, up to a constant (CurvatureLoss).
torch::Tensor curvatureLoss(const Graph& graph, const torch::Tensor& output,
                            const torch::Tensor& target);

/// The second derivative of KullbackLeibler by the output where it is the network's own, times a
/// change of the output, row by row.
torch::Tensor outputCurvature(const Graph& graph, const torch::Tensor& output,
                              const torch::Tensor& change);

} // namespace bitloom

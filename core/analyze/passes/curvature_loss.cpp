// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/passes/curvature_loss.h"

namespace bitloom {

namespace {

torch::Tensor unitRows(const torch::Tensor& rows)
{
    return rows / rows.norm(2, 1, /*keepdim=*/true).clamp_min(1e-12);
}

torch::Tensor labelsOf(std::span<const Window> windows)
{
    std::vector<int64_t> labels;
    for (const Window& window : windows)
        labels.insert(labels.end(), window.tokens.begin() + window.firstScored,
                      window.tokens.end());
    return torch::tensor(labels);
}

} // namespace

torch::Tensor curvatureTarget(const Graph& graph, CurvatureLoss loss, const torch::Tensor& output,
                              std::span<const Window> windows)
{
    if (loss == CurvatureLoss::CrossEntropy)
        return labelsOf(windows);
    const torch::Tensor own = output.detach();
    return graph.output == OutputKind::Embedding ? unitRows(own) : torch::softmax(own, 1);
}

torch::Tensor curvatureLoss(const Graph& graph, const torch::Tensor& output,
                            const torch::Tensor& target)
{
    if (graph.output == OutputKind::Embedding)
        return -(unitRows(output) * target).sum();
    const torch::Tensor logs = torch::log_softmax(output, 1);
    if (target.scalar_type() == torch::kInt64)
        return torch::nll_loss(logs, target, {}, at::Reduction::Sum);
    return -(logs * target).sum();
}

torch::Tensor outputCurvature(const Graph& graph, const torch::Tensor& output,
                              const torch::Tensor& change)
{
    if (graph.output == OutputKind::Embedding) { // (I − ê êᵀ) / ‖z‖²
        const torch::Tensor unit = unitRows(output);
        const torch::Tensor aside = change - unit * (unit * change).sum(1, /*keepdim=*/true);
        return aside / output.square().sum(1, /*keepdim=*/true).clamp_min(1e-24);
    }
    const torch::Tensor shares = torch::softmax(output, 1); // diag(p) − ppᵀ
    const torch::Tensor moved = shares * change;
    return moved - shares * moved.sum(1, /*keepdim=*/true);
}

} // namespace bitloom

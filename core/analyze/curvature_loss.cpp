// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/curvature_loss.h"

namespace bitloom {

namespace {

torch::Tensor unitRows(const torch::Tensor& rows)
{
    return rows / rows.norm(2, 1, /*keepdim=*/true).clamp_min(1e-12);
}

} // namespace

torch::Tensor curvatureTarget(const Graph& graph, CurvatureLoss loss, const torch::Tensor& output,
                              const Window& window)
{
    if (loss == CurvatureLoss::CrossEntropy)
        return torch::tensor(
            std::vector<int64_t>(window.tokens.begin() + window.firstScored, window.tokens.end()));
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

} // namespace bitloom

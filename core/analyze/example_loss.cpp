// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/example_loss.h"

#include "core/error.h"
#include "core/random.h"

namespace bitloom {

namespace {

/// One label for each row of logits, drawn from the model's own distribution.
torch::Tensor sampledLabels(const torch::Tensor& logits, uint64_t seed, uint64_t example)
{
    const torch::Tensor shares = torch::softmax(logits.detach().to(torch::kDouble), 1);
    const int64_t width = shares.size(1);
    torch::Tensor labels = torch::empty({shares.size(0)}, torch::kInt64);
    for (int64_t row = 0; row < shares.size(0); ++row) {
        const double* share = shares.data_ptr<double>() + row * width;
        double left = randomUniform(seed, (example << 32U) + static_cast<uint64_t>(row));
        int64_t label = 0;
        while (label + 1 < width && left >= share[label])
            left -= share[label++];
        labels.data_ptr<int64_t>()[row] = label;
    }
    return labels;
}

/// A direction whose coordinates are independent and standard normal, one for each row.
torch::Tensor randomDirections(const torch::Tensor& like, uint64_t seed, uint64_t example)
{
    torch::Tensor directions = torch::empty(like.sizes(), like.options().requires_grad(false));
    float* numbers = directions.data_ptr<float>();
    for (int64_t i = 0; i < directions.numel(); ++i)
        numbers[i] =
            static_cast<float>(randomNormal(seed, (example << 32U) + static_cast<uint64_t>(i)));
    return directions;
}

} // namespace

void checkWindows(const std::vector<Window>& windows)
{
    for (const Window& window : windows)
        if (window.firstScored < 1 || window.predictions() < 1)
            throw Error("sensitivity", "a window of the text has nothing to predict");
}

torch::Tensor scoredOutput(const Graph& graph, TorchWeights& weights,
                           std::span<const Window> windows)
{
    const Window& first = windows.front();
    const bool whole = graph.readsWholeTexts();
    const int64_t length = std::ssize(first.tokens) - (whole ? 0 : 1);
    std::vector<int32_t> seen;
    for (const Window& window : windows)
        seen.insert(seen.end(), window.tokens.begin(), window.tokens.begin() + length);
    const std::vector<int64_t> lengths(windows.size(), length);
    TorchPass pass{graph, graph.programs.front(), weights};
    pass.lengths = lengths;
    const torch::Tensor output = torchForward(pass, seen);
    if (whole)
        return output;
    return output.unflatten(0, {std::ssize(windows), length})
        .narrow(1, first.firstScored - 1, first.predictions())
        .flatten(0, 1);
}

torch::Tensor exampleLoss(OutputKind kind, const torch::Tensor& output, uint64_t seed,
                          uint64_t example)
{
    if (kind == OutputKind::Embedding) {
        const torch::Tensor unit = output / output.norm(2, 1, /*keepdim=*/true).clamp_min(1e-12);
        return (unit * randomDirections(unit, seed, example)).sum();
    }
    return torch::nll_loss(torch::log_softmax(output, 1), sampledLabels(output, seed, example), {},
                           at::Reduction::Sum);
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/passes/example_loss.h"

#include "core/base/error.h"
#include "core/base/random.h"
#include "core/network/torch/torch_finite.h"

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

std::span<const int32_t> seenTokens(const Graph& graph, const Window& window)
{
    return std::span(window.tokens).first(window.tokens.size() - (graph.readsWholeTexts() ? 0 : 1));
}

torch::Tensor scoredRows(const Graph& graph, const torch::Tensor& output,
                         std::span<const Window> windows)
{
    if (graph.readsWholeTexts())
        return output;
    const Window& first = windows.front();
    return output.unflatten(0, {std::ssize(windows), std::ssize(first.tokens) - 1})
        .narrow(1, first.firstScored - 1, first.predictions())
        .flatten(0, 1);
}

torch::Tensor runSegment(const Graph& graph, const Program& segment, TorchWeights& weights,
                         std::span<const Window> windows, const torch::Tensor& given,
                         const TorchHook& hook, const TorchHook& hiddenHook)
{
    std::vector<int32_t> tokens;
    std::vector<int64_t> lengths;
    for (const Window& window : windows) {
        const std::span<const int32_t> seen = seenTokens(graph, window);
        lengths.push_back(std::ssize(seen));
        if (!given.defined())
            tokens.insert(tokens.end(), seen.begin(), seen.end());
    }
    TorchPass pass{graph, segment, weights};
    pass.lengths = lengths;
    pass.hook = hook;
    pass.hiddenHook = hiddenHook;
    if (given.defined()) {
        pass.given = segment.input;
        pass.rows = given;
    }
    return finiteForward(pass, tokens);
}

torch::Tensor scoredOutput(const Graph& graph, TorchWeights& weights,
                           std::span<const Window> windows, const TorchHook& hook)
{
    return scoredRows(graph, runSegment(graph, graph.programs.front(), weights, windows, {}, hook),
                      windows);
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

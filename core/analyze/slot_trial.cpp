// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/slot_trial.h"

#include "core/analyze/example_loss.h"
#include "core/analyze/gradient_graph.h"
#include "core/error.h"
#include "core/parallel.h"

#include <string>

namespace bitloom {

namespace {

/// What the divergence compares: logarithms of probabilities, or a direction.
torch::Tensor saidOf(const Graph& graph, const torch::Tensor& output)
{
    if (graph.output == OutputKind::Embedding)
        return output / output.norm(2, 1, /*keepdim=*/true).clamp_min(1e-12);
    return torch::log_softmax(output, 1);
}

/// Of each prediction.
torch::Tensor eachDivergence(const Graph& graph, const torch::Tensor& original,
                             const torch::Tensor& changed)
{
    if (graph.output == OutputKind::Embedding)
        return (original - changed).square().sum(1) / 2; // 1 − cosine, without its rounding
    return (original.exp() * (original - changed)).sum(1);
}

/// Memory for what the original says; beyond it the original runs again with every trial.
constexpr int64_t kKeptBytes = int64_t{1} << 30;

} // namespace

struct SlotTrials::Network {
    Network(std::shared_ptr<const Model> opened, std::vector<Window> examples)
        : model(std::move(opened))
        , windows(std::move(examples))
        , weights(SlotWeights::decoded(graph(), OriginalWeights(model), false))
        , kept(windows.size())
    {
        const auto bytes = static_cast<int64_t>(sizeof(float));
        for (const Window& window : windows)
            outputBytes += window.predictions() * graph().outputWidth() * bytes;
    }
    const Graph& graph() const { return model->graph; }
    torch::Tensor run(SlotWeights& with, size_t window) const
    {
        return saidOf(graph(), scoredOutput(graph(), with, {&windows[window], 1}));
    }
    /// Each window is asked for by one thread at a time.
    torch::Tensor original(size_t window)
    {
        if (kept[window].defined())
            return kept[window];
        const torch::Tensor said = run(weights, window);
        if (outputBytes <= kKeptBytes)
            kept[window] = said;
        return said;
    }
    /// Σ over the window's predictions.
    double divergence(SlotWeights& with, size_t window)
    {
        const torch::NoGradGuard noGradients;
        setTorchThreads(1); // the same bits however many run beside it
        const torch::Tensor each = eachDivergence(graph(), original(window), run(with, window));
        return each.to(torch::kDouble).sum().item<double>();
    }

    std::shared_ptr<const Model> model;
    std::vector<Window> windows;
    SlotWeights weights;
    Tensors kept; ///< what the original says; undefined until asked for
    int64_t outputBytes = 0;
};

SlotTrials::SlotTrials(std::shared_ptr<const Model> model, std::vector<Window> windows)
{
    if (!model->graph.runnable())
        throw Error("sensitivity", "this model cannot run. " + model->missing);
    checkWindows(windows);
    withTorchErrors("sensitivity", [&] {
        m_network = std::make_unique<Network>(std::move(model), std::move(windows));
    });
}

SlotTrials::~SlotTrials() = default;

size_t SlotTrials::windows() const
{
    return m_network->windows.size();
}

std::vector<BlockSum> SlotTrials::divergences(const NetworkChange& change, size_t from, size_t to,
                                              Progress& progress) const
{
    Network& network = *m_network;
    std::vector<BlockSum> sums(to - from);
    const auto count = static_cast<int64_t>(sums.size());
    int64_t left = 0;
    withTorchErrors("sensitivity", [&] {
        SlotWeights with = network.weights.withRounding(change.rounding);
        for (const auto& [slot, weights] : change.slots)
            with = with.withWeight(slot, asTensor(weights));
        left = parallelFor(count, 0, progress, "running the network", [&](int64_t i, int) {
            SlotWeights mine = with;
            const size_t window = from + static_cast<size_t>(i);
            sums[static_cast<size_t>(i)] = {network.divergence(mine, window),
                                            network.windows[window].predictions()};
        });
    });
    return left > 0 ? std::vector<BlockSum>() : sums;
}

std::optional<Estimate> SlotTrials::divergence(const NetworkChange& change,
                                               Progress& progress) const
{
    const std::vector<BlockSum> sums = divergences(change, 0, windows(), progress);
    return sums.empty() ? std::nullopt : std::optional(blockMean(sums));
}

} // namespace bitloom

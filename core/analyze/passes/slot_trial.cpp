// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/passes/slot_trial.h"

#include "core/analyze/numerics/finite_figures.h"
#include "core/analyze/passes/example_loss.h"
#include "core/analyze/passes/network_segments.h"
#include "core/analyze/passes/spilled_output.h"

#include <algorithm>
#include <utility>

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

/// On disk for what the original says; beyond it the original runs again with every trial.
constexpr int64_t kCacheBytes = int64_t{4} << 30;

/// A network's own weights but for one slot.
class OneChanged : public WeightSource {
public:
    OneChanged(std::shared_ptr<const Model> model, int slot, MatrixView weights)
        : m_others(std::move(model))
        , m_slot(slot)
        , m_weights{&schemeNamed("f32"), weights.rows, weights.columns, nullptr,
                    std::as_bytes(std::span(weights.data, static_cast<size_t>(weights.size())))}
    {
    }
    PackedTensor slot(int index) const override
    {
        return index == m_slot ? m_weights : m_others.slot(index);
    }
    const ActivationScheme* activationScheme(int /*value*/) const override { return nullptr; }

private:
    OriginalWeights m_others;
    int m_slot;
    PackedTensor m_weights;
};

} // namespace

struct SlotTrials::Network {
    Network(std::shared_ptr<const Model> opened, std::vector<Window> examples,
            const SegmentLimits& chosen);

    const Graph& graph() const { return model->graph; }
    /// Makes sure that what the original says of windows [from, to) is kept. False: stopped.
    bool original(size_t from, size_t to, Progress& progress);
    /// Of windows that run together; empty: stopped.
    std::vector<BlockSum> divergences(NetworkSegments& changed, size_t from, size_t to,
                                      Progress& progress);

    std::shared_ptr<const Model> model;
    std::vector<Window> windows;
    SegmentLimits limits;
    NetworkSegments segments;
    size_t together;   ///< windows that run together, so that weights are decoded for all of them
    bool allAreCached; ///< what the original says of windows, or only of those that run together
    std::vector<SpilledOutput> cached; ///< of the original
};

SlotTrials::Network::Network(std::shared_ptr<const Model> opened, std::vector<Window> examples,
                             const SegmentLimits& chosen)
    : model(std::move(opened))
    , windows(std::move(examples))
    , limits(chosen)
    , segments(model, longestOf(windows), limits)
    , together(segments.together())
    , cached(windows.size())
{
    int64_t largest = 1;
    int64_t all = 0;
    for (const Window& window : windows) {
        const int64_t bytes =
            window.predictions() * graph().outputWidth() * static_cast<int64_t>(sizeof(float));
        largest = std::max(largest, bytes);
        all += bytes;
    }
    allAreCached = all <= kCacheBytes;
    if (!allAreCached)
        together = std::clamp<size_t>(static_cast<size_t>(kCacheBytes / largest), 1, together);
}

bool SlotTrials::Network::original(size_t from, size_t to, Progress& progress)
{
    while (from < to && cached[from].isThere())
        ++from;
    const auto keep = [&](size_t window, const torch::Tensor& output) {
        cached[window].keep(saidOf(graph(), output));
    };
    return from == to || segments.runAll(windows, from, to, keep, progress);
}

std::vector<BlockSum> SlotTrials::Network::divergences(NetworkSegments& changed, size_t from,
                                                       size_t to, Progress& progress)
{
    const std::span<SpilledOutput> these(&cached[from], to - from);
    const double originalShare = std::ranges::all_of(these, &SpilledOutput::isThere) ? 0 : 0.5;
    ProgressSpan before(progress, 0, originalShare);
    ProgressSpan behind(progress, originalShare, 1);
    std::vector<BlockSum> sums(to - from);
    const auto compare = [&](size_t window, const torch::Tensor& output) {
        const torch::Tensor each =
            eachDivergence(graph(), cached[window].tensor(), saidOf(graph(), output));
        sums[window - from] = {each.to(torch::kDouble).sum().item<double>(),
                               windows[window].predictions()};
    };
    if (!original(from, to, before) || !changed.runAll(windows, from, to, compare, behind))
        sums.clear();
    if (!allAreCached)
        std::ranges::for_each(these, &SpilledOutput::forget);
    return sums;
}

SlotTrials::SlotTrials(std::shared_ptr<const Model> model, std::vector<Window> windows,
                       const SegmentLimits& limits)
{
    checkWindows(windows);
    m_network = std::make_unique<Network>(std::move(model), std::move(windows), limits);
}

SlotTrials::~SlotTrials() = default;

size_t SlotTrials::windows() const
{
    return m_network->windows.size();
}

std::vector<BlockSum> SlotTrials::divergences(const Changed& changed, size_t from, size_t to,
                                              Progress& progress) const
{
    Network& network = *m_network;
    NetworkSegments segments(network.model, longestOf(network.windows), network.limits, changed);
    std::vector<BlockSum> sums;
    for (size_t done = from; done < to;) {
        const size_t count = std::min(network.together, to - done);
        ProgressSpan span = spanOf(progress, done - from, count, to - from);
        const auto more = network.divergences(segments, done, done + count, span);
        requireFinite("a divergence", more, "trial");
        if (more.empty())
            return {};
        sums.insert(sums.end(), more.begin(), more.end());
        done += count;
    }
    return sums;
}

std::optional<Estimate> SlotTrials::divergence(const Changed& changed, Progress& progress) const
{
    const std::vector<BlockSum> sums = divergences(changed, 0, windows(), progress);
    return sums.empty() ? std::nullopt : std::optional(blockMean(sums));
}

std::optional<Estimate> SlotTrials::divergence(int slot, MatrixView weights,
                                               Progress& progress) const
{
    return divergence(std::make_shared<OneChanged>(m_network->model, slot, weights), progress);
}

} // namespace bitloom

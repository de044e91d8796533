// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/slot_trial.h"

#include "core/analyze/example_loss.h"
#include "core/analyze/network_parts.h"
#include "core/parallel.h"

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

/// Memory for what the original says; beyond it the original runs again with every trial.
constexpr int64_t kKeptBytes = int64_t{1} << 30;
/// Part of the progress for encoding and decoding what a part of the network reads.
constexpr double kEnteringShare = 0.3;

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
    const ActivationScheme* rounding(int /*value*/) const override { return nullptr; }

private:
    OriginalWeights m_others;
    int m_slot;
    PackedTensor m_weights;
};

/// Bytes of a window's widest value between two parts.
int64_t betweenBytes(const NetworkParts& parts, int64_t longest)
{
    int64_t widest = 0;
    for (size_t part = 1; part < parts.count(); ++part)
        widest = std::max(widest,
                          parts.graph().values[static_cast<size_t>(parts.part(part).input)].width);
    return widest * longest * static_cast<int64_t>(sizeof(float));
}

size_t fitting(int64_t bytes, int64_t each, size_t atLeast)
{
    return each > 0 ? std::max(atLeast, static_cast<size_t>(bytes / each)) : SIZE_MAX;
}

} // namespace

struct SlotTrials::Network {
    Network(std::shared_ptr<const Model> opened, std::vector<Window> examples,
            const PartLimits& chosen);

    const Graph& graph() const { return model->graph; }
    /// Takes what a network says of windows [from, to), windows beside each other. False: stopped.
    using Take = std::function<void(size_t window, const torch::Tensor& said)>;
    bool listen(NetworkParts& parts, size_t from, size_t to, const Take& take, Progress& progress);
    /// Makes sure that what the original says of them is kept. False: stopped.
    bool original(size_t from, size_t to, Progress& progress);
    /// Of windows that run together; empty: stopped.
    std::vector<BlockSum> divergences(NetworkParts& changed, size_t from, size_t to,
                                      Progress& progress);

    std::shared_ptr<const Model> model;
    std::vector<Window> windows;
    PartLimits limits;
    NetworkParts parts;
    size_t together; ///< windows that run together, so that weights are decoded for all of them
    bool allAreKept; ///< what the original says of windows, or only of those that run together
    std::vector<torch::Tensor> kept; ///< what the original says; undefined until asked for
};

SlotTrials::Network::Network(std::shared_ptr<const Model> opened, std::vector<Window> examples,
                             const PartLimits& chosen)
    : model(std::move(opened))
    , windows(std::move(examples))
    , limits(chosen)
    , parts(model, longestOf(windows), limits)
    , kept(windows.size())
{
    int64_t largest = 0;
    int64_t all = 0;
    for (const Window& window : windows) {
        const int64_t bytes =
            window.predictions() * graph().outputWidth() * static_cast<int64_t>(sizeof(float));
        largest = std::max(largest, bytes);
        all += bytes;
    }
    allAreKept = all <= kKeptBytes;
    const auto cores = static_cast<size_t>(defaultThreads());
    together = std::min(fitting(limits.between, betweenBytes(parts, longestOf(windows)), cores),
                        allAreKept ? SIZE_MAX : fitting(kKeptBytes, largest, 1));
}

bool SlotTrials::Network::listen(NetworkParts& with, size_t from, size_t to, const Take& take,
                                 Progress& progress)
{
    std::vector<torch::Tensor> between(to - from);
    for (size_t part = 0; part < with.count(); ++part) {
        ProgressSpan span = spanOf(progress, part, 1, with.count());
        ProgressSpan entering(span, 0, kEnteringShare);
        ProgressSpan running(span, kEnteringShare, 1);
        if (!with.enter(part, entering))
            return false;
        const auto pass = [&](int64_t i, int) {
            withTorchErrors("sensitivity", [&] {
                const torch::NoGradGuard noGradients;
                setTorchThreads(1); // the same bits however many run beside it
                const auto at = static_cast<size_t>(i);
                const Window& window = windows[from + at];
                between[at] = with.run(part, window, between[at]);
                if (part + 1 == with.count())
                    take(from + at,
                         saidOf(graph(),
                                scoredRows(graph(), std::exchange(between[at], {}), {&window, 1})));
            });
        };
        const auto count = static_cast<int64_t>(between.size());
        if (parallelFor(count, 0, running, "running the network", pass) > 0)
            return false;
    }
    return true;
}

bool SlotTrials::Network::original(size_t from, size_t to, Progress& progress)
{
    while (from < to && kept[from].defined())
        ++from;
    return from == to ||
           listen(
               parts, from, to,
               [&](size_t window, const torch::Tensor& said) { kept[window] = said; }, progress);
}

std::vector<BlockSum> SlotTrials::Network::divergences(NetworkParts& changed, size_t from,
                                                       size_t to, Progress& progress)
{
    const bool isKept = std::all_of(kept.begin() + static_cast<std::ptrdiff_t>(from),
                                    kept.begin() + static_cast<std::ptrdiff_t>(to),
                                    [](const torch::Tensor& said) { return said.defined(); });
    ProgressSpan before(progress, 0, isKept ? 0 : 0.5);
    ProgressSpan behind(progress, isKept ? 0 : 0.5, 1);
    std::vector<BlockSum> sums(to - from);
    const Take compare = [&](size_t window, const torch::Tensor& said) {
        const torch::Tensor each = eachDivergence(graph(), kept[window], said);
        sums[window - from] = {each.to(torch::kDouble).sum().item<double>(),
                               windows[window].predictions()};
    };
    if (!original(from, to, before) || !listen(changed, from, to, compare, behind))
        sums.clear();
    if (!allAreKept)
        std::fill(kept.begin(), kept.end(), torch::Tensor());
    return sums;
}

SlotTrials::SlotTrials(std::shared_ptr<const Model> model, std::vector<Window> windows,
                       const PartLimits& limits)
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
    NetworkParts parts(network.model, longestOf(network.windows), network.limits, changed);
    std::vector<BlockSum> sums;
    for (size_t done = from; done < to;) {
        const size_t count = std::min(network.together, to - done);
        ProgressSpan span = spanOf(progress, done - from, count, to - from);
        const auto more = network.divergences(parts, done, done + count, span);
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

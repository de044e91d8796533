// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/fisher.h"

#include "core/analyze/example_loss.h"
#include "core/error.h"
#include "core/network/torch_forward.h"
#include "core/network/torch_weights.h"

#include <algorithm>
#include <array>
#include <future>
#include <limits>
#include <numeric>
#include <thread>

namespace bitloom {

namespace {

/// Sums over windows of squared gradients of one slot, by row and by column.
struct SquareSums {
    std::vector<double> rows;
    std::vector<double> columns;

    void add(const torch::Tensor& gradient);
    void merge(const SquareSums& other);
};

void SquareSums::add(const torch::Tensor& gradient)
{
    const torch::Tensor values = gradient.contiguous();
    const int64_t width = values.size(1);
    rows.resize(static_cast<size_t>(values.size(0)));
    columns.resize(static_cast<size_t>(width));
    constexpr int64_t kLanes = 8; // partial sums, so that the compiler may use wide registers
    for (int64_t r = 0; r < values.size(0); ++r) {
        const float* row = values.data_ptr<float>() + r * width;
        std::array<double, kLanes> sums{};
        for (int64_t from = 0; from < width; from += kLanes)
            for (int64_t i = from; i < std::min(from + kLanes, width); ++i) {
                const double square = static_cast<double>(row[i]) * static_cast<double>(row[i]);
                columns[static_cast<size_t>(i)] += square;
                sums[static_cast<size_t>(i - from)] += square;
            }
        rows[static_cast<size_t>(r)] += std::accumulate(sums.begin(), sums.end(), 0.0);
    }
}

void addInto(std::vector<double>& sums, const std::vector<double>& more)
{
    sums.resize(std::max(sums.size(), more.size()));
    for (size_t i = 0; i < more.size(); ++i)
        sums[i] += more[i];
}

void SquareSums::merge(const SquareSums& other)
{
    addInto(rows, other.rows);
    addInto(columns, other.columns);
}

/// Runs once the gradient of a leaf is complete, all its uses added; takes it and frees it, so that
/// never more than one finished gradient is held.
class TakeGradient : public torch::autograd::FunctionPostHook {
public:
    TakeGradient(torch::Tensor leaf, SquareSums& sums)
        : m_leaf(std::move(leaf))
        , m_sums(sums)
    {
    }
    torch::autograd::variable_list
    operator()(const torch::autograd::variable_list& outputs,
               const torch::autograd::variable_list& /*inputs*/) override
    {
        m_sums.add(m_leaf.grad());
        m_leaf.mutable_grad().reset();
        return outputs;
    }

private:
    torch::Tensor m_leaf;
    SquareSums& m_sums;
};

/// Leaves of one window's graph, sharing the memory of the weights.
class LeafWeights : public TorchWeights {
public:
    LeafWeights(const Graph& graph, TorchWeights& weights, std::vector<SquareSums>& sums)
    {
        for (size_t i = 0; i < graph.slots.size(); ++i) {
            const bool measured = graph.slots[i].quantizable;
            m_leaves.push_back(
                weights.weight(static_cast<int>(i)).detach().requires_grad_(measured));
            if (measured)
                watch(m_leaves.back(), sums[i]);
        }
    }
    torch::Tensor weight(int slot) override { return m_leaves[static_cast<size_t>(slot)]; }

private:
    void watch(const torch::Tensor& leaf, SquareSums& sums)
    {
        m_accumulators.push_back(torch::autograd::impl::grad_accumulator(leaf));
        m_accumulators.back()->add_post_hook(std::make_unique<TakeGradient>(leaf, sums));
    }

    std::vector<torch::Tensor> m_leaves;
    std::vector<std::shared_ptr<torch::autograd::Node>> m_accumulators;
};

/// What every window of a measurement shares.
struct Measurement {
    const Graph& graph;
    TorchWeights& weights;
    uint64_t seed;

    std::vector<SquareSums> window(const Window& window, uint64_t index) const;
    /// Starts windows [from, to), each on a thread of its own.
    std::vector<std::future<std::vector<SquareSums>>> start(const std::vector<Window>& windows,
                                                            size_t from, size_t to) const;
};

/// One forward and one backward pass. One thread: the same bits however many windows run beside it.
std::vector<SquareSums> Measurement::window(const Window& window, uint64_t index) const
{
    std::vector<SquareSums> sums(graph.slots.size());
    withTorchErrors("sensitivity", [&] {
        setTorchThreads(1);
        LeafWeights leaves(graph, weights, sums);
        const torch::Tensor loss =
            exampleLoss(graph.output, scoredOutput(graph, leaves, {&window, 1}), seed, index);
        loss.backward();
    });
    return sums;
}

std::vector<std::future<std::vector<SquareSums>>>
Measurement::start(const std::vector<Window>& windows, size_t from, size_t to) const
{
    std::vector<std::future<std::vector<SquareSums>>> running;
    for (size_t i = from; i < to; ++i)
        running.push_back(
            std::async(std::launch::async, [this, &windows, i] { return window(windows[i], i); }));
    return running;
}

SlotFisher normalised(const SquareSums& sums, int64_t predictions)
{
    SlotFisher fisher;
    const double share = 1.0 / static_cast<double>(predictions);
    for (const double sum : sums.rows)
        fisher.rowSums.push_back(static_cast<float>(sum * share));
    for (const double sum : sums.columns)
        fisher.columnSums.push_back(static_cast<float>(sum * share));
    fisher.total = std::accumulate(fisher.rowSums.begin(), fisher.rowSums.end(), 0.0);
    return fisher;
}

/// Running sums over windows, merged in their order.
class FisherSums {
public:
    FisherSums(size_t slots, uint64_t seed)
        : m_sums(slots)
    {
        m_result.seed = seed;
    }
    void add(const std::vector<SquareSums>& window, const Window& from)
    {
        for (size_t i = 0; i < m_sums.size(); ++i)
            m_sums[i].merge(window[i]);
        ++m_result.windows;
        m_result.predictions += from.predictions();
        m_result.context = std::max(m_result.context, static_cast<int64_t>(from.tokens.size()));
    }
    Fisher result() const
    {
        Fisher result = m_result;
        for (const SquareSums& sums : m_sums)
            result.slots.push_back(normalised(sums, std::max<int64_t>(1, m_result.predictions)));
        return result;
    }

private:
    Fisher m_result;
    std::vector<SquareSums> m_sums;
};

} // namespace

double SlotFisher::damage(MatrixView original, MatrixView changed, int64_t firstRow) const
{
    if (total <= 0)
        return 0;
    double sum = 0;
    for (int64_t r = 0; r < original.rows; ++r) {
        const float* from = original.row(r).data();
        const float* to = changed.row(r).data();
        constexpr int64_t kLanes = 8;
        std::array<double, kLanes> sums{};
        for (int64_t start = 0; start < original.columns; start += kLanes)
            for (int64_t i = start; i < std::min(start + kLanes, original.columns); ++i) {
                const float change = to[i] - from[i];
                sums[static_cast<size_t>(i - start)] +=
                    static_cast<double>(columnSums[static_cast<size_t>(i)] * change * change);
            }
        sum += static_cast<double>(rowSums[static_cast<size_t>(firstRow + r)]) *
               std::accumulate(sums.begin(), sums.end(), 0.0);
    }
    return sum / (2 * total);
}

Fisher measureFisher(std::shared_ptr<const Model> model, const std::vector<Window>& windows,
                     uint64_t seed, Progress& progress,
                     const std::function<void(const Fisher&)>& onWindow)
{
    const Graph& graph = model->graph;
    if (!graph.runnable())
        throw Error("sensitivity", "this model cannot run. " + model->missing);
    checkWindows(windows);
    std::unique_ptr<StoredTorchWeights> weights;
    withTorchErrors("sensitivity", [&] {
        weights =
            makeTorchWeights(graph, OriginalWeights(model), std::numeric_limits<int64_t>::max());
    });
    const Measurement measurement{graph, *weights, seed};
    FisherSums sums(graph.slots.size(), seed);
    const size_t atOnce = std::max(1U, std::thread::hardware_concurrency());
    for (size_t from = 0; from < windows.size() && !progress.stopRequested(); from += atOnce) {
        const size_t to = std::min(from + atOnce, windows.size());
        auto running = measurement.start(windows, from, to);
        for (size_t i = from; i < to; ++i) {
            sums.add(running[i - from].get(), windows[i]);
            if (onWindow)
                onWindow(sums.result());
        }
        reportWindows(progress, to, windows.size());
    }
    return sums.result();
}

} // namespace bitloom

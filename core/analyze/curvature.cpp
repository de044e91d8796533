// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/curvature.h"

#include "core/analyze/example_loss.h"
#include "core/analyze/gradient_graph.h"
#include "core/analyze/parted_product.h"
#include "core/error.h"
#include "core/parallel.h"

#include <algorithm>
#include <span>
#include <utility>

namespace bitloom {

namespace {

/// Stacked coordinates cut into tensors shaped as `like`.
Tensors unstacked(const Vector& stacked, const Tensors& like)
{
    Tensors parts;
    const double* from = stacked.data();
    for (const torch::Tensor& shape : like) {
        torch::Tensor part = torch::empty(shape.sizes(), torch::kDouble);
        std::copy_n(from, part.numel(), part.data_ptr<double>());
        from += part.numel();
        parts.push_back(part.to(shape.scalar_type()));
    }
    return parts;
}

void addTo(double* sums, const torch::Tensor& part)
{
    const torch::Tensor values = part.detach().to(torch::kDouble).contiguous();
    const double* numbers = values.data_ptr<double>();
    for (int64_t i = 0; i < values.numel(); ++i)
        sums[i] += numbers[i];
}

/// Adds parts, of which undefined ones are zero, to the stacked sums.
void addStacked(Vector& sums, const Tensors& parts, const std::vector<size_t>& sizes)
{
    double* at = sums.data();
    for (size_t i = 0; i < parts.size(); at += sizes[i], ++i)
        if (parts[i].defined())
            addTo(at, parts[i]);
}

/// Asks the progress of somebody else whether to stop, and reports nothing.
class StopOnly : public Progress {
public:
    explicit StopOnly(const Progress& whole)
        : m_whole(whole)
    {
    }
    bool stopRequested() const override { return m_whole.stopRequested(); }

private:
    const Progress& m_whole;
};

std::vector<size_t> sizesOf(const Graph& graph, const std::vector<int>& slots)
{
    std::vector<size_t> sizes;
    for (const int slot : slots)
        sizes.push_back(static_cast<size_t>(graph.slots[static_cast<size_t>(slot)].weights()));
    return sizes;
}

std::vector<int> quantizableSlots(const Graph& graph)
{
    std::vector<int> slots;
    for (size_t i = 0; i < graph.slots.size(); ++i)
        if (graph.slots[i].quantizable)
            slots.push_back(static_cast<int>(i));
    return slots;
}

/// Windows from `from` on that can run together (scoredOutput).
size_t alikeFrom(const std::vector<Window>& windows, size_t from)
{
    const Window& first = windows[from];
    size_t to = from + 1;
    while (to < windows.size() && windows[to].tokens.size() == first.tokens.size() &&
           windows[to].firstScored == first.firstScored)
        ++to;
    return to - from;
}

/// Neighbours that are alike in evenly large batches: so many that small networks do not spend
/// their time on the way between operations, so few that there is work for every processor.
std::vector<std::span<const Window>> batchesOf(const std::vector<Window>& windows)
{
    constexpr size_t kPositions = 256;
    std::vector<std::span<const Window>> batches;
    for (size_t from = 0; from < windows.size();) {
        const size_t alike = alikeFrom(windows, from);
        const size_t most = std::max<size_t>(1, kPositions / windows[from].tokens.size());
        const size_t count = (alike + most - 1) / most;
        for (size_t i = 0; i < count; ++i) {
            const size_t begin = from + i * alike / count;
            batches.emplace_back(&windows[begin], from + (i + 1) * alike / count - begin);
        }
        from += alike;
    }
    return batches;
}

void checkLoss(const Model& model, CurvatureLoss loss)
{
    if (!model.graph.runnable())
        throw Error("curvature", "this model cannot run. " + model.missing);
    if (loss == CurvatureLoss::CrossEntropy && model.graph.output != OutputKind::NextToken)
        throw Error("curvature", "cross-entropy needs a network that predicts the next token; the "
                                 "divergence from its own output needs no labels");
}

} // namespace

struct NetworkCurvature::Network {
    Network(std::shared_ptr<const Model> opened, std::vector<Window> examples,
            const CurvatureSettings& chosen, std::vector<int> varied);

    const Graph& graph() const { return model->graph; }
    Differentiation differentiation() const { return {graph(), settings.loss, weights, slots}; }
    size_t batchesThatFit() const;
    Tensors product(size_t batch, const std::vector<int>& some, const Tensors& direction);

    /// Of windows that run together: a tensor for each of some slots.
    using Work = std::function<Tensors(size_t batch)>;
    std::vector<Tensors> runBeside(size_t from, size_t to, const Work& work,
                                   Progress& progress) const;
    /// The sum over batches in their order, per prediction; empty: stopped.
    Vector meanOver(const std::vector<int>& some, const Work& work, const Progress& progress) const;

    std::shared_ptr<const Model> model;
    std::vector<Window> windows;
    std::vector<std::span<const Window>> batches; ///< of the windows
    CurvatureSettings settings;
    std::vector<int> slots;
    SlotWeights weights;
    int64_t predictions = 0;
    std::vector<std::unique_ptr<GradientGraph>> kept; ///< of the first batches; null until needed
};

NetworkCurvature::Network::Network(std::shared_ptr<const Model> opened,
                                   std::vector<Window> examples, const CurvatureSettings& chosen,
                                   std::vector<int> varied)
    : model(std::move(opened))
    , windows(std::move(examples))
    , batches(batchesOf(windows))
    , settings(chosen)
    , slots(varied.empty() ? quantizableSlots(graph()) : std::move(varied))
    , weights(SlotWeights::decoded(graph(), OriginalWeights(model), settings.inDouble))
    , kept(batchesThatFit())
{
    for (const Window& window : windows)
        predictions += window.predictions();
}

size_t NetworkCurvature::Network::batchesThatFit() const
{
    int64_t bytes = 0;
    size_t count = 0;
    for (; count < batches.size(); ++count) {
        bytes += graphBytes(graph(), slots, batches[count], settings.inDouble);
        if (bytes > settings.keptBytes)
            break;
    }
    return count;
}

Tensors NetworkCurvature::Network::product(size_t batch, const std::vector<int>& some,
                                           const Tensors& direction)
{
    if (graphBytes(graph(), slots, batches[batch], settings.inDouble) > settings.wholeBytes)
        return makePartedGraph(differentiation(), batches[batch])->product(some, direction, false);
    if (batch >= kept.size())
        return makeGradientGraph(differentiation(), batches[batch])
            ->product(some, direction, false);
    if (!kept[batch])
        kept[batch] = makeGradientGraph(differentiation(), batches[batch]);
    return kept[batch]->product(some, direction, true);
}

/// Of batches [from, to); empty: stopped.
std::vector<Tensors> NetworkCurvature::Network::runBeside(size_t from, size_t to, const Work& work,
                                                          Progress& progress) const
{
    std::vector<Tensors> found(to - from);
    const auto count = static_cast<int64_t>(found.size());
    const int64_t left = parallelFor(count, settings.threads, progress, "", [&](int64_t i, int) {
        const auto at = static_cast<size_t>(i);
        withTorchErrors("curvature", [&] {
            setTorchThreads(1); // the same bits however many run beside it
            found[at] = work(from + at);
        });
    });
    return left > 0 ? std::vector<Tensors>() : found;
}

Vector NetworkCurvature::Network::meanOver(const std::vector<int>& some, const Work& work,
                                           const Progress& progress) const
{
    const std::vector<size_t> sizes = sizesOf(graph(), some);
    Vector sums(std::accumulate(sizes.begin(), sizes.end(), size_t{0}));
    StopOnly stop(progress);
    const auto beside =
        static_cast<size_t>(settings.threads > 0 ? settings.threads : defaultThreads());
    for (size_t from = 0; from < batches.size(); from += beside) {
        const auto found = runBeside(from, std::min(from + beside, batches.size()), work, stop);
        if (found.empty())
            return {};
        for (const Tensors& parts : found)
            addStacked(sums, parts, sizes);
    }
    scale(sums, 1 / static_cast<double>(predictions));
    return sums;
}

NetworkCurvature::NetworkCurvature(std::shared_ptr<const Model> model, std::vector<Window> windows,
                                   const CurvatureSettings& settings, std::vector<int> slots)
{
    checkLoss(*model, settings.loss);
    checkWindows(windows);
    if (windows.empty())
        throw Error("curvature", "there is no text to differentiate on");
    withTorchErrors("curvature", [&] {
        m_network =
            std::make_unique<Network>(model, std::move(windows), settings, std::move(slots));
    });
    model->checkpoint.check();
}

NetworkCurvature::~NetworkCurvature() = default;

const std::vector<int>& NetworkCurvature::slots() const
{
    return m_network->slots;
}

int64_t NetworkCurvature::predictions() const
{
    return m_network->predictions;
}

SymmetricOperator NetworkCurvature::hessian(const std::vector<int>& some) const
{
    Network* network = m_network.get();
    const auto product = [network, some](const Vector& v, const Progress& progress) {
        const Tensors direction = unstacked(v, network->weights.at(some));
        return network->meanOver(
            some, [&](size_t batch) { return network->product(batch, some, direction); }, progress);
    };
    return {sizesOf(network->graph(), some), product};
}

Vector NetworkCurvature::gradient(const Vector& displacement, Progress& progress) const
{
    const Network* network = m_network.get();
    const Tensors steps = unstacked(displacement, network->weights.at(slots()));
    return network->meanOver(
        slots(),
        [&](size_t batch) {
            return network->differentiation().gradient(network->batches[batch], steps);
        },
        progress);
}

} // namespace bitloom

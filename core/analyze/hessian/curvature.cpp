// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/hessian/curvature.h"

#include "core/analyze/hessian/gradient_graph.h"
#include "core/analyze/hessian/segmented_product.h"
#include "core/analyze/passes/example_loss.h"
#include "core/analyze/passes/quantizable_indices.h"
#include "core/base/error.h"
#include "core/base/parallel.h"
#include "core/base/stop_only.h"

#include <algorithm>
#include <span>
#include <utility>

namespace bitloom {

namespace {

void addNumbers(double* sums, const torch::Tensor& slice)
{
    const torch::Tensor values = slice.detach().to(torch::kDouble).contiguous();
    const double* numbers = values.data_ptr<double>();
    for (int64_t i = 0; i < values.numel(); ++i)
        sums[i] += numbers[i];
}

/// Row by row: it may be large.
void addRows(double* sums, const torch::Tensor& slice)
{
    for (int64_t row = 0; row < slice.size(0); ++row)
        addNumbers(sums + row * slice.size(1), slice[row]);
}

/// Σ product · random signs from coordinate `first` on, row by row: it may be large.
double signForm(const torch::Tensor& product, size_t first, uint64_t seed, uint64_t number)
{
    double sum = 0;
    for (int64_t row = 0; row < product.size(0); ++row) {
        const torch::Tensor values = product[row].detach().to(torch::kDouble).contiguous();
        const double* numbers = values.data_ptr<double>();
        for (int64_t i = 0; i < values.numel(); ++i)
            sum += numbers[i] * randomSign(first++, seed, number);
    }
    return sum;
}

/// Adds slices, of which undefined ones are zero, to the stacked sums.
void addStacked(Vector& sums, const Tensors& slices, const std::vector<size_t>& sizes)
{
    double* at = sums.data();
    for (size_t i = 0; i < slices.size(); at += sizes[i], ++i)
        if (slices[i].defined())
            addNumbers(at, slices[i]);
}

std::vector<size_t> sizesOf(const Graph& graph, const std::vector<int>& slots)
{
    std::vector<size_t> sizes;
    for (const int slot : slots)
        sizes.push_back(static_cast<size_t>(graph.slot(slot).weights()));
    return sizes;
}

/// Where slices of such sizes begin when they are stacked.
std::vector<size_t> beginsOf(const std::vector<size_t>& sizes)
{
    std::vector<size_t> begins = {0};
    for (const size_t size : sizes)
        begins.push_back(begins.back() + size);
    return begins;
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
    const Slot& slot(int index) const { return graph().slot(index); }
    int threads() const { return settings.threads > 0 ? settings.threads : defaultThreads(); }
    torch::Dtype type() const { return settings.inDouble ? torch::kDouble : torch::kFloat; }
    Differentiation differentiation() const { return {graph(), settings.loss, weights, slots}; }
    size_t batchesThatFit() const;
    bool isSegmented(size_t batch) const;
    /// Coordinates from `first` on as the slot's tensor.
    torch::Tensor cutOut(const Vector& stacked, size_t first, int index) const;
    /// Stacked coordinates cut into the slots' tensors.
    Tensors unstacked(const Vector& stacked, const std::vector<int>& some) const;
    Tensors product(size_t batch, const std::vector<int>& some, const Tensors& direction);
    /// Hv per prediction, a slot's direction made where it is needed and its product added where it
    /// belongs, so that beside both vectors only a block is held; empty: stopped.
    Vector streamedProduct(const std::vector<int>& some, const Vector& v,
                           const Progress& progress) const;
    /// v_lᵀ(Hv)_l of each slot for random signs v, [slots], without holding either vector.
    torch::Tensor signForms(size_t batch, const std::vector<int>& some, uint64_t seed,
                            uint64_t number) const;

    /// Of windows that run together: a tensor for each of some slots.
    using Work = std::function<Tensors(size_t batch)>;
    std::vector<Tensors> runBeside(size_t from, size_t to, const Work& work,
                                   Progress& progress) const;
    /// The sum over batches in their order, stacked, per prediction; empty: stopped. `sizes`: of
    /// the tensors.
    Vector meanOver(const std::vector<size_t>& sizes, const Work& work,
                    const Progress& progress) const;

    std::shared_ptr<const Model> model;
    std::vector<Window> windows;
    std::vector<std::span<const Window>> batches; ///< of the windows
    CurvatureSettings settings;
    std::vector<int> slots;
    bool resident;
    SlotWeights weights;
    int64_t predictions = 0;
    std::vector<std::unique_ptr<GradientGraph>> cached; ///< of the first batches; null until needed
};

NetworkCurvature::Network::Network(std::shared_ptr<const Model> opened,
                                   std::vector<Window> examples, const CurvatureSettings& chosen,
                                   std::vector<int> varied)
    : model(std::move(opened))
    , windows(std::move(examples))
    , batches(batchesOf(windows))
    , settings(chosen)
    , slots(varied.empty() ? quantizableSlots(graph()) : std::move(varied))
    , resident(graph().weights() * static_cast<int64_t>(torch::elementSize(type())) <=
               settings.residentBytes)
    , weights(model, settings.inDouble, resident)
    , cached(batchesThatFit())
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
        if (bytes > settings.cacheBytes)
            break;
    }
    return count;
}

bool NetworkCurvature::Network::isSegmented(size_t batch) const
{
    return !resident ||
           graphBytes(graph(), slots, batches[batch], settings.inDouble) > settings.wholeBytes;
}

torch::Tensor NetworkCurvature::Network::cutOut(const Vector& stacked, size_t first,
                                                int index) const
{
    const std::vector<int64_t> shape = {slot(index).rows, slot(index).columns};
    const auto from = torch::from_blob(const_cast<double*>(stacked.data() + first), shape,
                                       torch::kDouble); // only read
    return torch::empty(shape, type()).copy_(from);
}

Tensors NetworkCurvature::Network::unstacked(const Vector& stacked,
                                             const std::vector<int>& some) const
{
    const std::vector<size_t> begins = beginsOf(sizesOf(graph(), some));
    Tensors slices;
    for (size_t index = 0; index < some.size(); ++index)
        slices.push_back(cutOut(stacked, begins[index], some[index]));
    return slices;
}

Tensors NetworkCurvature::Network::product(size_t batch, const std::vector<int>& some,
                                           const Tensors& direction)
{
    if (isSegmented(batch)) {
        Tensors products(some.size());
        segmentedProduct(
            differentiation(), batches[batch], some, [&](size_t index) { return direction[index]; },
            [&](size_t index, const torch::Tensor& more) {
                torch::Tensor& sum = products[index];
                sum = sum.defined() ? sum + more : more;
            });
        return products;
    }
    if (batch >= cached.size())
        return makeGradientGraph(differentiation(), batches[batch])
            ->product(some, direction, false);
    if (!cached[batch])
        cached[batch] = makeGradientGraph(differentiation(), batches[batch]);
    return cached[batch]->product(some, direction, true);
}

torch::Tensor NetworkCurvature::Network::signForms(size_t batch, const std::vector<int>& some,
                                                   uint64_t seed, uint64_t number) const
{
    const std::vector<size_t> begins = beginsOf(sizesOf(graph(), some));
    const auto signsOf = [&](size_t index) {
        const Slot& here = slot(some[index]);
        torch::Tensor signs = torch::empty({here.rows, here.columns}, torch::kFloat);
        float* values = signs.data_ptr<float>();
        for (size_t i = begins[index]; i < begins[index + 1]; ++i)
            *values++ = static_cast<float>(randomSign(i, seed, number));
        return signs.to(type());
    };
    torch::Tensor forms = torch::zeros({std::ssize(some)}, torch::kDouble);
    segmentedProduct(differentiation(), batches[batch], some, signsOf,
                     [&](size_t index, const torch::Tensor& product) {
                         forms[static_cast<int64_t>(index)] +=
                             signForm(product, begins[index], seed, number);
                     });
    return forms;
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
            setTorchThreads(resident ? 1 : threads()); // 1: the same bits however many run
            found[at] = work(from + at);
        });
    });
    return left > 0 ? std::vector<Tensors>() : found;
}

Vector NetworkCurvature::Network::meanOver(const std::vector<size_t>& sizes, const Work& work,
                                           const Progress& progress) const
{
    Vector sums(std::accumulate(sizes.begin(), sizes.end(), size_t{0}));
    StopOnly stop(progress);
    const auto beside = static_cast<size_t>(resident ? threads() : 1);
    for (size_t from = 0; from < batches.size(); from += beside) {
        const auto found = runBeside(from, std::min(from + beside, batches.size()), work, stop);
        if (found.empty())
            return {};
        for (const Tensors& slices : found)
            addStacked(sums, slices, sizes);
    }
    scale(sums, 1 / static_cast<double>(predictions));
    return sums;
}

Vector NetworkCurvature::Network::streamedProduct(const std::vector<int>& some, const Vector& v,
                                                  const Progress& progress) const
{
    const std::vector<size_t> begins = beginsOf(sizesOf(graph(), some));
    Vector sums(v.size());
    const auto addProduct = [&](size_t batch) {
        segmentedProduct(
            differentiation(), batches[batch], some,
            [&](size_t index) { return cutOut(v, begins[index], some[index]); },
            [&](size_t index, const torch::Tensor& product) {
                addRows(sums.data() + begins[index], product);
            });
        return Tensors();
    };
    StopOnly stop(progress);
    for (size_t batch = 0; batch < batches.size(); ++batch)
        if (runBeside(batch, batch + 1, addProduct, stop).empty())
            return {};
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
    const std::vector<size_t> sizes = sizesOf(network->graph(), some);
    SymmetricOperator hessian{
        sizes, [=](const Vector& v, const Progress& progress) {
            if (!network->resident)
                return network->streamedProduct(some, v, progress);
            const Tensors direction = network->unstacked(v, some);
            return network->meanOver(
                sizes, [&](size_t batch) { return network->product(batch, some, direction); },
                progress);
        }};
    if (!network->resident)
        hessian.forms = [=](uint64_t seed, uint64_t number, const Progress& progress) {
            return network->meanOver(
                {some.size()},
                [&](size_t batch) {
                    return Tensors{network->signForms(batch, some, seed, number)};
                },
                progress);
        };
    return hessian;
}

Vector NetworkCurvature::gradient(const Vector& displacement, Progress& progress) const
{
    const Network* network = m_network.get();
    const Tensors steps = network->unstacked(displacement, slots());
    return network->meanOver(
        sizesOf(network->graph(), slots()),
        [&](size_t batch) {
            return network->differentiation().gradient(network->batches[batch], steps);
        },
        progress);
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/fisher_forms.h"

#include "core/analyze/curvature_loss.h"
#include "core/analyze/example_loss.h"
#include "core/analyze/use_gradients.h"
#include "core/error.h"

#include <algorithm>

namespace bitloom {

namespace {

/// As sums of a slot are added up: the memory of a Scratch.
torch::Tensor sumsOf(const WholeFisher& fisher, const Graph& graph, int slot)
{
    const Slot& place = graph.slots[static_cast<size_t>(slot)];
    return torch::from_blob(fisher.values(slot), {place.rows, place.columns});
}

torch::Tensor lossOf(const Graph& graph, FisherLabels labels, const torch::Tensor& output,
                     const Window& window, uint64_t seed, uint64_t example)
{
    if (labels == FisherLabels::Sampled)
        return exampleLoss(graph.output, output, seed, example);
    const CurvatureLoss loss = CurvatureLoss::CrossEntropy;
    return curvatureLoss(graph, output, curvatureTarget(graph, loss, output, {&window, 1}));
}

/// Adds the squared gradient that uses add up to.
void addSquares(const torch::Tensor& sums, const std::vector<UseGradient>& uses)
{
    formGradient(sums.size(0), sums.size(1), uses,
                 [&](int64_t first, const torch::Tensor& gradient) {
                     sums.narrow(0, first, gradient.size(0)).add_(gradient.square());
                 });
}

/// Adds Σ_t g² x² of one use.
void addSquaresByPosition(torch::Tensor sums, const UseGradient& use)
{
    addGradientRows({use.lookedUp ? use.input : use.input.square(),
                     use.gradient.defined() ? use.gradient.square() : use.gradient, use.lookedUp},
                    0, sums);
}

/// Sums over windows by `add(sums of the slot, uses)`, per prediction.
template <typename Add>
std::unique_ptr<WholeFisher> sumOver(const std::shared_ptr<const Model>& model,
                                     const std::vector<Window>& windows, const WindowLoss& loss,
                                     Progress& progress, const Add& add)
{
    auto fisher = std::make_unique<WholeFisher>(model->graph);
    const UseGradients::Take take = [&](size_t /*window*/, int slot, const auto& uses) {
        add(sumsOf(*fisher, model->graph, slot), uses);
    };
    const std::vector<int64_t> predictions = takeAllUses(model, windows, loss, take, progress);
    if (std::ranges::all_of(predictions, [](int64_t count) { return count == 0; }))
        return nullptr;
    for (size_t slot = 0; slot < predictions.size(); ++slot)
        if (predictions[slot] > 0)
            fisher->scale(static_cast<int>(slot), 1 / static_cast<double>(predictions[slot]));
    return fisher;
}

} // namespace

WholeFisher::WholeFisher(const Graph& graph)
    : m_graph(graph)
{
    for (const Slot& slot : graph.slots)
        m_slots.push_back(slot.quantizable ? Scratch::floats(slot.weights()) : nullptr);
}

float* WholeFisher::values(int slot) const
{
    const auto& scratch = m_slots[static_cast<size_t>(slot)];
    return scratch ? scratch->values().data() : nullptr;
}

void WholeFisher::scale(int slot, double factor)
{
    for (float& value : m_slots[static_cast<size_t>(slot)]->values())
        value *= static_cast<float>(factor);
}

double WholeFisher::damage(int slot, MatrixView original, MatrixView changed) const
{
    const float* fisher = values(slot);
    double sum = 0;
    for (int64_t i = 0; fisher && i < original.size(); ++i) {
        const double error = static_cast<double>(changed.data[i]) - original.data[i];
        sum += fisher[i] * error * error;
    }
    return sum / 2;
}

SlotFisher WholeFisher::rankOne(int slot) const
{
    SlotFisher fisher;
    const Slot& place = m_graph.slots[static_cast<size_t>(slot)];
    if (!values(slot))
        return fisher;
    fisher.rowSums.resize(static_cast<size_t>(place.rows));
    std::vector<double> columns(static_cast<size_t>(place.columns));
    const float* value = values(slot);
    for (float& rowSum : fisher.rowSums) {
        double sum = 0;
        for (double& column : columns) {
            sum += *value;
            column += *value++;
        }
        rowSum = static_cast<float>(sum);
        fisher.total += sum;
    }
    fisher.columnSums.assign(columns.begin(), columns.end());
    return fisher;
}

std::unique_ptr<WholeFisher> measureSequenceFisher(const std::shared_ptr<const Model>& model,
                                                   const std::vector<Window>& windows,
                                                   FisherLabels labels, uint64_t seed,
                                                   Progress& progress)
{
    const Graph& graph = model->graph;
    if (labels == FisherLabels::OfText && graph.output != OutputKind::NextToken)
        throw Error("sensitivity", "only a text that is continued has labels of its own");
    const WindowLoss loss = [&](const torch::Tensor& output, size_t window) {
        return lossOf(graph, labels, output, windows[window], seed, window);
    };
    return sumOver(model, windows, loss, progress, &addSquares);
}

std::unique_ptr<WholeFisher> measurePositionFisher(const std::shared_ptr<const Model>& model,
                                                   const std::vector<Window>& windows,
                                                   uint64_t seed, Progress& progress)
{
    const WindowLoss loss = [&](const torch::Tensor& output, size_t window) {
        return exampleLoss(model->graph.output, output, seed, window);
    };
    return sumOver(model, windows, loss, progress, [](const auto& sums, const auto& uses) {
        for (const UseGradient& use : uses)
            addSquaresByPosition(sums, use);
    });
}

} // namespace bitloom

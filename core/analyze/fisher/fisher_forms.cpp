// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/fisher/fisher_forms.h"

#include "core/analyze/passes/curvature_loss.h"
#include "core/analyze/passes/example_loss.h"
#include "core/analyze/passes/weight_means.h"
#include "core/analyze/text/measurement_key.h"
#include "core/base/error.h"

namespace bitloom {

namespace {

/// Grows with every change of what is measured.
constexpr int64_t kFormsVersion = 1;

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

/// Adds Σ_t g² x² of every use.
void addSquaresByPosition(torch::Tensor sums, const std::vector<UseGradient>& uses)
{
    for (const UseGradient& use : uses)
        addGradientRows({use.lookedUp ? use.input : use.input.square(),
                         use.gradient.defined() ? use.gradient.square() : use.gradient,
                         use.lookedUp},
                        0, sums);
}

std::unique_ptr<WholeFisher> fisherOf(const std::shared_ptr<const Model>& model,
                                      UseGradients& gradients, const MeasurementEntry& entry,
                                      const AddUses& add, Progress& progress)
{
    WeightMeans means =
        measureWeightMeans(gradients, weightSums(model->graph, entry), add, progress);
    return means.empty() ? nullptr : std::make_unique<WholeFisher>(model->graph, std::move(means));
}

} // namespace

std::span<const float> WholeFisher::values(int slot) const
{
    const auto& means = m_slots[static_cast<size_t>(slot)];
    return means ? means->values() : std::span<const float>();
}

double WholeFisher::damage(int slot, MatrixView original, MatrixView changed) const
{
    const std::span<const float> fisher = values(slot);
    double sum = 0;
    for (size_t i = 0; i < fisher.size(); ++i) {
        const double error = static_cast<double>(changed.data[i]) - original.data[i];
        sum += fisher[i] * error * error;
    }
    return sum / 2;
}

SlotFisher WholeFisher::rankOne(int slot) const
{
    SlotFisher fisher;
    const Slot& place = m_graph.slot(slot);
    if (values(slot).empty())
        return fisher;
    fisher.rowSums.resize(static_cast<size_t>(place.rows));
    std::vector<double> columns(static_cast<size_t>(place.columns));
    const float* value = values(slot).data();
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
                                                   Progress& progress,
                                                   const MeasurementStore& store)
{
    const Graph& graph = model->graph;
    if (labels == FisherLabels::OfText && graph.output != OutputKind::NextToken)
        throw Error("sensitivity", "only a text that is continued has labels of its own");
    const WindowLoss loss = [&](const torch::Tensor& output, size_t window) {
        return lossOf(graph, labels, output, windows[window], seed, window);
    };
    UseGradients gradients(model, windows, loss, {});
    const char* kind = labels == FisherLabels::Sampled ? "fisher-whole" : "fisher-empirical";
    return fisherOf(model, gradients,
                    store.entry(kind, measurementKey(*model, windows, seed, kFormsVersion)),
                    &addSquares, progress);
}

std::unique_ptr<WholeFisher> measurePositionFisher(const std::shared_ptr<const Model>& model,
                                                   const std::vector<Window>& windows,
                                                   uint64_t seed, Progress& progress,
                                                   const MeasurementStore& store)
{
    const WindowLoss loss = [&](const torch::Tensor& output, size_t window) {
        return exampleLoss(model->graph.output, output, seed, window);
    };
    UseGradients gradients(model, windows, loss, {});
    return fisherOf(
        model, gradients,
        store.entry("fisher-position", measurementKey(*model, windows, seed, kFormsVersion)),
        &addSquaresByPosition, progress);
}

} // namespace bitloom

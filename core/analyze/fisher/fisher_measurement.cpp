// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/fisher/fisher_measurement.h"

#include "core/analyze/fisher/fisher_sums.h"
#include "core/analyze/passes/example_loss.h"
#include "core/analyze/passes/use_gradients.h"

namespace bitloom {

namespace {

using OnWindow = std::function<void(const Fisher&)>;

/// A value and its gradient as they are behind transforms.
void addTransformed(WindowSums& sums, int value, const torch::Tensor& rows,
                    const torch::Tensor& gradient, std::span<const float> divisors)
{
    if (divisors.empty())
        return sums.addActivation(value, rows, gradient);
    const torch::Tensor by =
        torch::tensor(c10::ArrayRef<float>(divisors.data(), divisors.size()), torch::kFloat32);
    sums.addActivation(value, rows / by, gradient * by);
}

FisherSums measureSums(const TransformedModel& source, const std::vector<Window>& windows,
                       uint64_t seed, Progress& progress, const OnWindow& onWindow,
                       const SegmentLimits& limits, const MeasurementStore& store)
{
    const std::shared_ptr<const Model>& model = source.sharedModel();
    const Graph& graph = model->graph;
    const WindowLoss loss = [&](const torch::Tensor& output, size_t window) {
        return exampleLoss(graph.output, output, seed, window);
    };
    UseGradients gradients(model, windows, loss, limits);
    FisherSums sums(graph, seed);
    FisherSumsStore stored(source, windows, seed, store);
    stored.restore(sums, windows);
    if (onWindow && sums.windows() > 0)
        onWindow(sums.result());
    while (sums.windows() < windows.size() && !progress.stopRequested()) {
        const size_t done = sums.windows();
        const size_t count = gradients.groupFrom(done);
        std::vector<WindowSums> found(count, WindowSums(graph));
        const UseGradients::Take take = [&](size_t window, int slot, const auto& uses) {
            const auto index = static_cast<size_t>(slot);
            found[window - done].slots[index].add(*model, slot, uses);
        };
        gradients.alsoTake([&](size_t window, int value, const auto& rows, const auto& gradient) {
            addTransformed(found[window - done], value, rows, gradient, source.divisors(value));
        });
        ProgressSpan span = spanOf(progress, done, count, windows.size());
        if (!gradients.run(done, count, take, span))
            break;
        for (const WindowSums& window : found) {
            window.requireFinite(graph);
            sums.add(window, windows[sums.windows()]);
            if (onWindow)
                onWindow(sums.result());
        }
        stored.keep(sums);
        reportWindows(progress, sums.windows(), windows.size());
    }
    return sums;
}

} // namespace

Fisher measureFisher(const std::shared_ptr<const Model>& model, const std::vector<Window>& windows,
                     uint64_t seed, Progress& progress, const OnWindow& onWindow,
                     const SegmentLimits& limits, const MeasurementStore& store)
{
    return measureSums(TransformedModel(model), windows, seed, progress, onWindow, limits, store)
        .result();
}

ActivationMeasurement measureActivationQuantization(const TransformedModel& model,
                                                    const std::vector<Window>& windows,
                                                    uint64_t seed, Progress& progress,
                                                    const MeasurementStore& store)
{
    return measureSums(model, windows, seed, progress, {}, {}, store).activationMeasurement();
}

} // namespace bitloom

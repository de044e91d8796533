// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/fisher/fisher_measurement.h"

#include "core/analyze/fisher/fisher_sums.h"
#include "core/analyze/passes/example_loss.h"
#include "core/analyze/passes/use_gradients.h"

namespace bitloom {

namespace {

using OnWindow = std::function<void(const Fisher&)>;

FisherSums measureSums(const std::shared_ptr<const Model>& model,
                       const std::vector<Window>& windows, uint64_t seed, Progress& progress,
                       const OnWindow& onWindow, const SegmentLimits& limits,
                       const MeasurementStore& store)
{
    const Graph& graph = model->graph;
    const WindowLoss loss = [&](const torch::Tensor& output, size_t window) {
        return exampleLoss(graph.output, output, seed, window);
    };
    UseGradients gradients(model, windows, loss, limits);
    FisherSums sums(graph, seed);
    FisherSumsStore stored(*model, windows, seed, store);
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
            found[window - done].addActivation(value, rows, gradient);
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
    return measureSums(model, windows, seed, progress, onWindow, limits, store).result();
}

ActivationMeasurement measureActivationQuantization(const std::shared_ptr<const Model>& model,
                                                    const std::vector<Window>& windows,
                                                    uint64_t seed, Progress& progress,
                                                    const MeasurementStore& store)
{
    return measureSums(model, windows, seed, progress, {}, {}, store).activationMeasurement();
}

} // namespace bitloom

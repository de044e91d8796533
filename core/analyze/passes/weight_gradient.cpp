// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/passes/weight_gradient.h"

#include "core/analyze/passes/curvature_loss.h"
#include "core/analyze/passes/spilled_output.h"
#include "core/analyze/passes/weight_means.h"

#include <algorithm>
#include <utility>

namespace bitloom {

namespace {

/// Running the original, beside running and differentiating the other.
constexpr double kOriginalShare = 0.25;

/// What the loss compares with, by window, of those from `from` on. Empty: stopped.
std::vector<SpilledOutput> originalTargets(const std::shared_ptr<const Model>& model,
                                           const std::vector<Window>& windows, size_t from,
                                           const SegmentLimits& limits, Progress& progress)
{
    NetworkSegments segments(model, longestOf(windows), limits);
    std::vector<SpilledOutput> targets(windows.size());
    const auto keep = [&](size_t window, const torch::Tensor& output) {
        targets[window].keep(curvatureTarget(model->graph, CurvatureLoss::KullbackLeibler, output,
                                             {&windows[window], 1}));
    };
    for (size_t done = from; done < windows.size();) {
        const size_t count = std::min(segments.together(), windows.size() - done);
        ProgressSpan span = spanOf(progress, done, count, windows.size());
        if (!segments.runAll(windows, done, done + count, keep, span))
            return {};
        done += count;
    }
    return targets;
}

} // namespace

std::map<int, std::unique_ptr<Scratch>>
measureWeightGradient(const std::shared_ptr<const Model>& model,
                      std::shared_ptr<const WeightSource> others,
                      const std::vector<Window>& windows, Progress& progress,
                      const SegmentLimits& limits, const MeasurementEntry& entry)
{
    const Graph& graph = model->graph;
    ProgressSpan before(progress, 0, kOriginalShare);
    ProgressSpan behind(progress, kOriginalShare, 1);
    SpilledSums sums = weightSums(graph, entry);
    const std::vector<SpilledOutput> targets =
        originalTargets(model, windows, sums.windows(), limits, before);
    if (targets.empty())
        return {};
    const WindowLoss loss = [&](const torch::Tensor& output, size_t window) {
        return curvatureLoss(graph, output, targets[window].tensor());
    };
    UseGradients gradients(model, windows, loss, limits, std::move(others));
    const AddUses add = [](torch::Tensor gradient, const std::vector<UseGradient>& uses) {
        for (const UseGradient& use : uses)
            addGradientRows(use, 0, gradient);
    };
    WeightMeans means = measureWeightMeans(gradients, std::move(sums), add, behind);
    std::map<int, std::unique_ptr<Scratch>> bySlot;
    for (size_t slot = 0; slot < means.size(); ++slot)
        if (means[slot])
            bySlot[static_cast<int>(slot)] = std::move(means[slot]);
    return bySlot;
}

} // namespace bitloom

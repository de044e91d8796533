// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/weight_gradient.h"

#include "core/analyze/curvature_loss.h"
#include "core/analyze/kept_output.h"
#include "core/analyze/use_gradients.h"

#include <algorithm>
#include <utility>

namespace bitloom {

namespace {

/// Running the original, beside running and differentiating the other.
constexpr double kOriginalShare = 0.25;

/// What the loss compares with, by window. Empty: stopped.
std::vector<KeptOutput> originalTargets(const std::shared_ptr<const Model>& model,
                                        const std::vector<Window>& windows,
                                        const PartLimits& limits, Progress& progress)
{
    NetworkParts parts(model, longestOf(windows), limits);
    std::vector<KeptOutput> targets(windows.size());
    const auto keep = [&](size_t window, const torch::Tensor& output) {
        targets[window].keep(curvatureTarget(model->graph, CurvatureLoss::KullbackLeibler, output,
                                             {&windows[window], 1}));
    };
    for (size_t done = 0; done < windows.size();) {
        const size_t count = std::min(parts.together(), windows.size() - done);
        ProgressSpan span = spanOf(progress, done, count, windows.size());
        if (!parts.runAll(windows, done, done + count, keep, span))
            return {};
        done += count;
    }
    return targets;
}

torch::Tensor tensorOf(const Slot& slot, Scratch& floats)
{
    return torch::from_blob(floats.values().data(), {slot.rows, slot.columns});
}

} // namespace

std::map<int, std::unique_ptr<Scratch>> measureWeightGradient(
    const std::shared_ptr<const Model>& model, std::shared_ptr<const WeightSource> others,
    const std::vector<Window>& windows, Progress& progress, const PartLimits& limits)
{
    const Graph& graph = model->graph;
    ProgressSpan before(progress, 0, kOriginalShare);
    ProgressSpan behind(progress, kOriginalShare, 1);
    const std::vector<KeptOutput> targets = originalTargets(model, windows, limits, before);
    if (targets.empty())
        return {};
    const WindowLoss loss = [&](const torch::Tensor& output, size_t window) {
        return curvatureLoss(graph, output, targets[window].tensor());
    };
    std::vector<std::unique_ptr<Scratch>> sums(graph.slots.size());
    const UseGradients::Take take = [&](size_t /*window*/, int index, const auto& uses) {
        const Slot& slot = graph.slots[static_cast<size_t>(index)];
        std::unique_ptr<Scratch>& mine = sums[static_cast<size_t>(index)];
        if (!mine)
            mine = Scratch::floats(slot.weights());
        torch::Tensor gradient = tensorOf(slot, *mine);
        for (const UseGradient& use : uses)
            addGradientRows(use, 0, gradient);
    };
    const std::vector<int64_t> predictions =
        takeAllUses(model, windows, loss, take, behind, limits, std::move(others));
    std::map<int, std::unique_ptr<Scratch>> means;
    for (size_t i = 0; i < sums.size(); ++i)
        if (sums[i]) {
            tensorOf(graph.slots[i], *sums[i]).div_(static_cast<double>(predictions[i]));
            means[static_cast<int>(i)] = std::move(sums[i]);
        }
    return means;
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/passes/use_gradients.h"

#include "core/analyze/passes/example_loss.h"
#include "core/base/parallel.h"
#include "core/network/graph/operations.h"

#include <algorithm>
#include <string>

namespace bitloom {

namespace {

/// Calls `work(i)` beside each other, each on one thread: the same bits however many there are.
template <typename Work>
void besideEachOther(size_t count, const Work& work)
{
    Progress nobody;
    parallelFor(static_cast<int64_t>(count), 0, nobody, {}, [&](int64_t i, int) {
        withTorchErrors("sensitivity", [&] {
            setTorchThreads(1);
            work(static_cast<size_t>(i));
        });
    });
}

/// Counts passes of windows through segments, there and back.
class PassCount {
public:
    PassCount(Progress& progress, size_t segments, size_t from, size_t windows)
        : m_progress(progress)
        , m_segments(segments)
        , m_what("windows " + std::to_string(from + 1) + " to " + std::to_string(from + windows))
        , m_all((2 * segments - 1) * windows)
    {
    }
    bool complete() const { return m_done == m_all; }
    void add(size_t passes)
    {
        m_done += passes;
        if (m_segments > 1) // else whoever counts windows says the same
            m_progress.report(static_cast<double>(m_done) / static_cast<double>(m_all), m_what);
    }

private:
    Progress& m_progress;
    size_t m_segments;
    std::string m_what;
    size_t m_all;
    size_t m_done = 0;
};

} // namespace

UseGradients::UseGradients(std::shared_ptr<const Model> model, const std::vector<Window>& windows,
                           WindowLoss loss, const SegmentLimits& limits,
                           std::shared_ptr<const WeightSource> weights)
    : m_windows(windows)
    , m_loss(std::move(loss))
    , m_limits(limits)
    , m_segments(std::move(model), longestOf(windows), limits, std::move(weights))
{
    checkWindows(windows);
    std::set<int> before;
    for (size_t segment = 0; segment < m_segments.count(); ++segment) {
        m_uses.push_back(slotUses(m_segments.graph(), m_segments.segment(segment)));
        for (const Step& step : m_segments.segment(segment).steps)
            if (isRecurrent(step))
                m_hidden.insert(step.output);
        std::set<int>& complete = m_complete.emplace_back();
        for (const SlotUse& use : m_uses.back())
            if (before.insert(use.slot).second)
                complete.insert(use.slot);
    }
}

size_t UseGradients::groupFrom(size_t from) const
{
    const auto cores = static_cast<size_t>(defaultThreads());
    int64_t between = 0;
    for (size_t segment = 1; segment < m_segments.count(); ++segment)
        between += m_segments.graph().value(m_segments.segment(segment).input).width;
    between *= longestOf(m_windows) * static_cast<int64_t>(sizeof(float));
    const size_t fit = between == 0
                           ? cores
                           : static_cast<size_t>(std::max<int64_t>(1, m_limits.between / between));
    const size_t even = std::max(cores, fit / cores * cores);
    return std::min(even, m_windows.size() - from);
}

void UseGradients::forward(size_t segment, size_t window, Running& running)
{
    const torch::NoGradGuard noGradients;
    running.given[segment + 1] = m_segments.run(segment, m_windows[window], running.given[segment]);
}

void UseGradients::backward(size_t segment, size_t window, Running& running)
{
    torch::Tensor given = std::exchange(running.given[segment], {});
    if (given.defined())
        given = given.detach().requires_grad_(true);
    UseWatch watch(m_uses[segment]);
    HiddenRows hidden;
    const torch::Tensor output =
        m_segments.run(segment, m_windows[window], given, watching(segment, window, watch),
                       watchingHidden(hidden));
    if (segment + 1 == m_segments.count())
        m_loss(scoredRows(m_segments.graph(), output, {&m_windows[window], 1}), window).backward();
    else
        output.backward(running.cotangent);
    for (const auto& [value, rows] : hidden)
        m_takeValue(window, value, torch::cat(rows.values), torch::cat(rows.gradients));
    running.cotangent = given.defined() ? given.grad() : torch::Tensor();
    for (const SlotUse& use : m_uses[segment])
        running.seen[use.slot].push_back(watch.gradientOf(use));
}

torch::Tensor UseGradients::watched(size_t window, int value, torch::Tensor tensor) const
{
    if (!tensor.requires_grad())
        tensor.requires_grad_(true);
    tensor.register_hook(
        [this, window, value, rows = tensor.detach()](const torch::Tensor& gradient) {
            const torch::NoGradGuard noGradients;
            m_takeValue(window, value, rows, gradient);
        });
    return tensor;
}

TorchHook UseGradients::watching(size_t segment, size_t window, UseWatch& uses) const
{
    if (!m_takeValue)
        return std::ref(uses);
    return [this, segment, window, &uses](int value, const torch::Tensor& tensor) {
        torch::Tensor seen = uses(value, tensor);
        // What a segment begins with was taken where the segment before ended.
        const bool isTaken = value == m_segments.segment(segment).input || m_hidden.contains(value);
        return isTaken || !m_segments.graph().canBeQuantized(value) ? seen
                                                                    : watched(window, value, seen);
    };
}

TorchHook UseGradients::watchingHidden(HiddenRows& hidden) const
{
    if (!m_takeValue)
        return {};
    return [this, &hidden](int value, torch::Tensor row) {
        if (!m_segments.graph().canBeQuantized(value))
            return row;
        auto& [values, gradients] = hidden[value];
        if (!row.requires_grad())
            row.requires_grad_(true);
        values.push_back(row.detach());
        gradients.push_back(torch::zeros_like(values.back()));
        row.register_hook([gradient = gradients.back()](const torch::Tensor& found) {
            const torch::NoGradGuard noGradients;
            torch::Tensor(gradient).copy_(found);
        });
        return row;
    };
}

void UseGradients::takeComplete(size_t segment, size_t first, std::span<Running> running,
                                const Take& take)
{
    const std::vector<int> slots(m_complete[segment].begin(), m_complete[segment].end());
    besideEachOther(slots.size(), [&](size_t i) {
        const torch::NoGradGuard noGradients;
        for (size_t w = 0; w < running.size(); ++w)
            take(first + w, slots[i], running[w].seen.at(slots[i]));
    });
    for (Running& window : running)
        std::erase_if(window.seen,
                      [&](const auto& seen) { return m_complete[segment].contains(seen.first); });
}

bool UseGradients::run(size_t from, size_t count, const Take& take, Progress& progress)
{
    std::vector<Running> running(count);
    for (Running& window : running)
        window.given.resize(m_segments.count());
    Progress nobody; // weights need but be decoded, or encoded by a quick method
    PassCount passes(progress, m_segments.count(), from, count);
    const auto atOnce = static_cast<size_t>(defaultThreads());
    const auto inStretches = [&](const auto& work) { // work(first, how many) of the group
        for (size_t first = 0; first < count && !progress.stopRequested(); first += atOnce) {
            const size_t several = std::min(atOnce, count - first);
            work(first, several);
            passes.add(several);
        }
    };
    for (size_t segment = 0; segment + 1 < m_segments.count() && !progress.stopRequested();
         ++segment) {
        m_segments.enter(segment, nobody);
        inStretches([&](size_t first, size_t several) {
            besideEachOther(
                several, [&](size_t i) { forward(segment, from + first + i, running[first + i]); });
        });
    }
    for (size_t segment = m_segments.count(); segment-- > 0 && !progress.stopRequested();) {
        m_segments.enter(segment, nobody);
        inStretches([&](size_t first, size_t several) {
            besideEachOther(several, [&](size_t i) {
                backward(segment, from + first + i, running[first + i]);
            });
            takeComplete(segment, from + first, std::span(running).subspan(first, several), take);
        });
    }
    return passes.complete();
}

std::vector<SlotUse> UseGradients::uses() const
{
    std::vector<SlotUse> all;
    for (size_t segment = m_uses.size(); segment-- > 0;) // as they are differentiated
        all.insert(all.end(), m_uses[segment].begin(), m_uses[segment].end());
    return all;
}

std::vector<int64_t> addAllUses(UseGradients& gradients, SpilledSums& sums,
                                const UseGradients::Take& take, Progress& progress)
{
    const std::vector<Window>& windows = gradients.windows();
    std::vector<int64_t> predictions(gradients.graph().slots.size());
    std::set<int> slots;
    for (const SlotUse& use : gradients.uses())
        slots.insert(use.slot);
    for (size_t window = 0; window < sums.windows(); ++window)
        for (const int slot : slots)
            predictions[static_cast<size_t>(slot)] += windows[window].predictions();
    const UseGradients::Take counted = [&](size_t window, int slot, const auto& uses) {
        take(window, slot, uses);
        predictions[static_cast<size_t>(slot)] += windows[window].predictions();
    };
    while (sums.windows() < windows.size() && !progress.stopRequested()) {
        const size_t done = sums.windows();
        const size_t count = gradients.groupFrom(done);
        ProgressSpan span = spanOf(progress, done, count, windows.size());
        if (!gradients.run(done, count, counted, span))
            break; // part of the group was taken, which is not kept
        reportWindows(progress, done + count, windows.size());
        sums.reached(done + count, done + count == windows.size() || progress.stopRequested());
    }
    return predictions;
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/passes/network_segments.h"

#include "core/analyze/passes/example_loss.h"
#include "core/base/error.h"
#include "core/base/parallel.h"

#include <algorithm>
#include <utility>

namespace bitloom {

namespace {

/// About what a differentiable pass over one window holds, in bytes: values and their derivatives
/// some times over, attention scores likewise, as measured on small Llamas.
int64_t valueBytes(const Graph& graph, const Program& segment, int64_t positions)
{
    constexpr int64_t kCopies = 4;
    int64_t numbers = 0;
    for (const Step& step : segment.steps)
        numbers += graph.value(step.output).width * positions +
                   step.attributes.heads * positions * positions;
    return numbers * kCopies * static_cast<int64_t>(sizeof(float));
}

/// Neighbours join while the values fit.
std::vector<Program> joinedWithin(const Graph& graph, const std::vector<Program>& segments,
                                  int64_t positions, int64_t bytes)
{
    std::vector<Program> few = {segments.front()};
    for (size_t i = 1; i < segments.size(); ++i) {
        Program both = joined(few.back(), segments[i]);
        if (valueBytes(graph, both, positions) <= bytes)
            few.back() = std::move(both);
        else
            few.push_back(segments[i]);
    }
    return few;
}

/// Bytes of a window's widest value between two segments.
int64_t betweenBytes(const Graph& graph, const std::vector<Program>& segments, int64_t longest)
{
    int64_t widest = 0;
    for (size_t segment = 1; segment < segments.size(); ++segment)
        widest = std::max(widest, graph.value(segments[segment].input).width);
    return widest * longest * static_cast<int64_t>(sizeof(float));
}

/// Share of the progress for encoding and decoding what a segment of the network reads.
constexpr double kEnteringShare = 0.3;

} // namespace

NetworkSegments::NetworkSegments(std::shared_ptr<const Model> model, int64_t longest,
                                 const SegmentLimits& limits,
                                 std::shared_ptr<const WeightSource> weights)
    : m_model(std::move(model))
    , m_weights(m_model, limits.weights, std::move(weights))
{
    if (!graph().runnable())
        throw Error("sensitivity", "this model cannot run. " + m_model->missing);
    m_segments = segmentsOf(graph(), graph().programs.front());
    if (m_weights.allFit())
        m_segments = joinedWithin(graph(), m_segments, longest, limits.values);
    const int64_t each = betweenBytes(graph(), m_segments, longest);
    m_together = each == 0 ? SIZE_MAX
                           : std::max(static_cast<size_t>(defaultThreads()),
                                      static_cast<size_t>(limits.between / each));
}

bool NetworkSegments::enter(size_t index, Progress& progress)
{
    bool entered = false;
    withTorchErrors("sensitivity", [&] { entered = m_weights.enter(m_segments[index], progress); });
    return entered;
}

int64_t NetworkSegments::positions(const Window& window, int value) const
{
    return graph().value(value).perText ? 1 : std::ssize(seenTokens(graph(), window));
}

torch::Tensor NetworkSegments::run(size_t index, const Window& window, const torch::Tensor& given,
                                   const TorchHook& hook, const TorchHook& hiddenHook)
{
    return runSegment(graph(), m_segments[index], m_weights, {&window, 1}, given, hook, hiddenHook);
}

bool NetworkSegments::runAll(const std::vector<Window>& windows, size_t from, size_t to,
                             const TakeOutput& take, Progress& progress)
{
    std::vector<torch::Tensor> between(to - from);
    for (size_t segment = 0; segment < count(); ++segment) {
        ProgressSpan span = spanOf(progress, segment, 1, count());
        ProgressSpan entering(span, 0, kEnteringShare);
        ProgressSpan running(span, kEnteringShare, 1);
        if (!enter(segment, entering))
            return false;
        const auto pass = [&](int64_t i, int) {
            withTorchErrors("sensitivity", [&] {
                const torch::NoGradGuard noGradients;
                setTorchThreads(1);
                const auto at = static_cast<size_t>(i);
                const Window& window = windows[from + at];
                between[at] = run(segment, window, between[at]);
                if (segment + 1 == count())
                    take(from + at,
                         scoredRows(graph(), std::exchange(between[at], {}), {&window, 1}));
            });
        };
        const auto all = static_cast<int64_t>(between.size());
        if (parallelFor(all, 0, running, "running the network", pass) > 0)
            return false;
    }
    return true;
}

} // namespace bitloom

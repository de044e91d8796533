// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/network_parts.h"

#include "core/analyze/example_loss.h"
#include "core/error.h"

namespace bitloom {

namespace {

/// About what a differentiable pass over one window holds, in bytes: values and their derivatives
/// some times over, attention scores likewise, as measured on small Llamas.
int64_t valueBytes(const Graph& graph, const Program& part, int64_t positions)
{
    constexpr int64_t kCopies = 4;
    int64_t numbers = 0;
    for (const Step& step : part.steps)
        numbers += graph.values[static_cast<size_t>(step.output)].width * positions +
                   step.attributes.heads * positions * positions;
    return numbers * kCopies * static_cast<int64_t>(sizeof(float));
}

/// Neighbours join while the values fit.
std::vector<Program> joinedWithin(const Graph& graph, const std::vector<Program>& parts,
                                  int64_t positions, int64_t bytes)
{
    std::vector<Program> few = {parts.front()};
    for (size_t i = 1; i < parts.size(); ++i) {
        Program both = joined(few.back(), parts[i]);
        if (valueBytes(graph, both, positions) <= bytes)
            few.back() = std::move(both);
        else
            few.push_back(parts[i]);
    }
    return few;
}

} // namespace

NetworkParts::NetworkParts(std::shared_ptr<const Model> model, int64_t longest,
                           const PartLimits& limits, std::shared_ptr<const WeightSource> weights)
    : m_model(std::move(model))
    , m_weights(m_model, limits.weights, std::move(weights))
{
    if (!graph().runnable())
        throw Error("sensitivity", "this model cannot run. " + m_model->missing);
    m_parts = partsOf(graph(), graph().programs.front());
    if (m_weights.allFit())
        m_parts = joinedWithin(graph(), m_parts, longest, limits.values);
}

bool NetworkParts::enter(size_t index, Progress& progress)
{
    bool entered = false;
    withTorchErrors("sensitivity", [&] { entered = m_weights.enter(m_parts[index], progress); });
    return entered;
}

int64_t NetworkParts::positions(const Window& window, int value) const
{
    return graph().values[static_cast<size_t>(value)].perText
               ? 1
               : std::ssize(seenTokens(graph(), window));
}

torch::Tensor NetworkParts::run(size_t index, const Window& window, const torch::Tensor& given,
                                const TorchHook& hook)
{
    return runPart(graph(), m_parts[index], m_weights, {&window, 1}, given, hook);
}

} // namespace bitloom

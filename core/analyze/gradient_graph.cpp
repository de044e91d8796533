// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/gradient_graph.h"

#include "core/analyze/curvature_loss.h"
#include "core/analyze/example_loss.h"
#include "core/network/torch_weights.h"

namespace bitloom {

namespace {

/// About what a window's differentiated graph holds, measured on small Llamas: values and their
/// gradients some times over, attention scores likewise, and gradients of the slots.
int64_t graphNumbers(const Graph& graph, const std::vector<int>& slots, int64_t positions)
{
    constexpr int64_t kCopies = 8;
    int64_t numbers = 0;
    for (const Value& value : graph.values)
        numbers += kCopies * value.width * positions;
    for (const Step& step : graph.programs.front().steps)
        numbers += kCopies * step.attributes.heads * positions * positions;
    for (const int slot : slots)
        numbers += 2 * graph.slots[static_cast<size_t>(slot)].weights();
    return numbers;
}

} // namespace

SlotWeights SlotWeights::decoded(const Graph& graph, const WeightSource& source, bool inDouble)
{
    Tensors weights;
    for (size_t i = 0; i < graph.slots.size(); ++i) {
        const PackedTensor packed = source.slot(static_cast<int>(i));
        weights.push_back(
            decodeToTorch(packed, 0, packed.rows).to(inDouble ? torch::kDouble : torch::kFloat));
    }
    return SlotWeights(std::move(weights));
}

Tensors SlotWeights::at(const std::vector<int>& slots) const
{
    Tensors found;
    for (const int slot : slots)
        found.push_back(m_weights[static_cast<size_t>(slot)]);
    return found;
}

SlotWeights SlotWeights::withLeaves(const std::vector<int>& slots, const Tensors& steps) const
{
    SlotWeights result(m_weights);
    for (size_t i = 0; i < slots.size(); ++i) {
        torch::Tensor& weight = result.m_weights[static_cast<size_t>(slots[i])];
        weight = (steps.empty() ? weight : weight + steps[i]).detach().requires_grad_(true);
    }
    return result;
}

Tensors Differentiation::gradient(const Window& window, const Tensors& steps) const
{
    torch::Tensor target;
    {
        const torch::NoGradGuard noGradients;
        SlotWeights unmoved = weights;
        target = curvatureTarget(graph, loss, scoredOutput(graph, unmoved, window), window);
    }
    SlotWeights moved = weights.withLeaves(slots, steps);
    const torch::Tensor value = curvatureLoss(graph, scoredOutput(graph, moved, window), target);
    return torch::autograd::grad({value}, moved.at(slots), {}, false, false,
                                 /*allow_unused=*/true);
}

GradientGraph::GradientGraph(const Differentiation& what, const Window& window)
    : m_leaves(what.weights.withLeaves(what.slots))
    , m_gradients(what.graph.slots.size())
{
    const torch::Tensor output = scoredOutput(what.graph, m_leaves, window);
    const torch::Tensor target = curvatureTarget(what.graph, what.loss, output, window);
    const Tensors found = torch::autograd::grad({curvatureLoss(what.graph, output, target)},
                                                m_leaves.at(what.slots), {}, true,
                                                /*create_graph=*/true, /*allow_unused=*/true);
    for (size_t i = 0; i < found.size(); ++i)
        m_gradients[static_cast<size_t>(what.slots[i])] = found[i];
}

Tensors GradientGraph::product(const std::vector<int>& some, const Tensors& direction,
                               bool keep) const
{
    Tensors gradients;
    Tensors directions;
    for (size_t i = 0; i < some.size(); ++i) {
        const torch::Tensor& gradient = m_gradients[static_cast<size_t>(some[i])];
        if (gradient.defined() && gradient.requires_grad()) {
            gradients.push_back(gradient);
            directions.push_back(direction[i]);
        }
    }
    if (gradients.empty())
        return Tensors(some.size());
    return torch::autograd::grad(gradients, m_leaves.at(some), directions, keep,
                                 /*create_graph=*/false, /*allow_unused=*/true);
}

size_t windowsThatFit(const Graph& graph, const std::vector<Window>& windows,
                      const std::vector<int>& slots, const CurvatureSettings& settings)
{
    const int64_t numberBytes = settings.inDouble ? sizeof(double) : sizeof(float);
    int64_t left = settings.keptBytes;
    size_t count = 0;
    for (const Window& window : windows) {
        const auto positions = static_cast<int64_t>(window.tokens.size());
        left -= numberBytes * graphNumbers(graph, slots, positions);
        if (left < 0)
            break;
        ++count;
    }
    return count;
}

} // namespace bitloom

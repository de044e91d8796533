// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/hessian/gradient_graph.h"

#include "core/analyze/passes/curvature_loss.h"
#include "core/analyze/passes/example_loss.h"
#include "core/network/engine/engine.h"
#include "core/network/torch/torch_weights.h"

namespace bitloom {

namespace {

/// Derivatives that can be differentiated themselves, by slot of the graph; undefined where there
/// are none.
Tensors derivatives(const Differentiation& what, const SlotWeights& leaves, const torch::Tensor& of,
                    const Tensors& cotangent)
{
    const Tensors found =
        torch::autograd::grad({of}, leaves.at(what.slots), cotangent, /*retain_graph=*/true,
                              /*create_graph=*/true, /*allow_unused=*/true);
    Tensors bySlot(what.graph.slots.size());
    for (size_t i = 0; i < found.size(); ++i)
        bySlot[static_cast<size_t>(what.slots[i])] = found[i];
    return bySlot;
}

/// Σ derivatives · direction over some slots, differentiated by `by`.
Tensors differentiateAlong(const Tensors& bySlot, const std::vector<int>& some,
                           const Tensors& direction, const Tensors& by, bool keep)
{
    Tensors outputs;
    Tensors cotangents;
    for (size_t i = 0; i < some.size(); ++i) {
        const torch::Tensor& derivative = bySlot[static_cast<size_t>(some[i])];
        if (derivative.defined() && derivative.requires_grad()) {
            outputs.push_back(derivative);
            cotangents.push_back(direction[i]);
        }
    }
    if (outputs.empty())
        return Tensors(by.size());
    return torch::autograd::grad(outputs, by, cotangents, keep, /*create_graph=*/false,
                                 /*allow_unused=*/true);
}

/// The whole Hessian: the derivative of the gradient.
class TwiceDifferentiated : public GradientGraph {
public:
    TwiceDifferentiated(const Differentiation& what, std::span<const Window> windows)
        : m_leaves(what.weights.withLeaves(what.slots))
    {
        const torch::Tensor output = scoredOutput(what.graph, m_leaves, windows);
        const torch::Tensor target = curvatureTarget(what.graph, what.loss, output, windows);
        m_gradients = derivatives(what, m_leaves, curvatureLoss(what.graph, output, target), {});
    }
    Tensors product(const std::vector<int>& some, const Tensors& direction, bool keep) override
    {
        return differentiateAlong(m_gradients, some, direction, m_leaves.at(some), keep);
    }

private:
    SlotWeights m_leaves;
    Tensors m_gradients;
};

/// Jᵀu of a stand-in u is linear in u: its derivative by u along v is Jv.
class GaussNewton : public GradientGraph {
public:
    GaussNewton(const Differentiation& what, std::span<const Window> windows)
        : m_graph(what.graph)
        , m_leaves(what.weights.withLeaves(what.slots))
        , m_output(scoredOutput(what.graph, m_leaves, windows))
        , m_standIn(torch::zeros_like(m_output).requires_grad_(true))
        , m_pulled(derivatives(what, m_leaves, m_output, {m_standIn}))
    {
    }
    Tensors product(const std::vector<int>& some, const Tensors& direction, bool keep) override
    {
        const torch::Tensor pushed =
            differentiateAlong(m_pulled, some, direction, {m_standIn}, true).front();
        if (!pushed.defined())
            return Tensors(some.size());
        return torch::autograd::grad({m_output}, m_leaves.at(some),
                                     {outputCurvature(m_graph, m_output.detach(), pushed)}, keep,
                                     /*create_graph=*/false, /*allow_unused=*/true);
    }

private:
    const Graph& m_graph;
    SlotWeights m_leaves;
    torch::Tensor m_output;
    torch::Tensor m_standIn;
    Tensors m_pulled; ///< Jᵀu
};

} // namespace

SlotWeights::SlotWeights(std::shared_ptr<const Model> model, bool inDouble, bool resident)
    : m_model(std::move(model))
    , m_type(inDouble ? torch::kDouble : torch::kFloat)
    , m_weights(m_model->graph.slots.size())
{
    for (size_t i = 0; resident && i < m_weights.size(); ++i)
        if (!m_model->graph.slots[i].uses.empty())
            m_weights[i] = decoded(static_cast<int>(i));
}

torch::Tensor SlotWeights::decoded(int slot) const
{
    const PackedTensor packed = OriginalWeights(m_model).slot(slot);
    return decodeToTorch(packed, 0, packed.rows).to(m_type);
}

torch::Tensor SlotWeights::held(int slot) const
{
    const torch::Tensor& weight = m_weights[static_cast<size_t>(slot)];
    return weight.defined() ? weight : decoded(slot);
}

Tensors SlotWeights::at(const std::vector<int>& slots) const
{
    Tensors found;
    for (const int slot : slots)
        found.push_back(held(slot));
    return found;
}

SlotWeights SlotWeights::withLeaves(const std::vector<int>& slots, const Tensors& steps) const
{
    SlotWeights result(*this);
    for (size_t i = 0; i < slots.size(); ++i) {
        const torch::Tensor weight = held(slots[i]);
        result.m_weights[static_cast<size_t>(slots[i])] =
            (steps.empty() ? weight : weight + steps[i]).detach().requires_grad_(true);
    }
    return result;
}

Tensors Differentiation::gradient(std::span<const Window> windows, const Tensors& steps) const
{
    torch::Tensor target;
    {
        const torch::NoGradGuard noGradients;
        SlotWeights unmoved = weights;
        target = curvatureTarget(graph, loss, scoredOutput(graph, unmoved, windows), windows);
    }
    SlotWeights moved = weights.withLeaves(slots, steps);
    const torch::Tensor value = curvatureLoss(graph, scoredOutput(graph, moved, windows), target);
    return torch::autograd::grad({value}, moved.at(slots), {}, false, false,
                                 /*allow_unused=*/true);
}

std::unique_ptr<GradientGraph> makeGradientGraph(const Differentiation& what,
                                                 std::span<const Window> windows)
{
    if (what.loss == CurvatureLoss::KullbackLeibler)
        return std::make_unique<GaussNewton>(what, windows);
    return std::make_unique<TwiceDifferentiated>(what, windows);
}

int64_t graphBytes(const Graph& graph, const std::vector<int>& slots,
                   std::span<const Window> windows, bool inDouble)
{
    // Values and their gradients some times over, attention scores likewise, and gradients of the
    // slots: as measured on small Llamas.
    constexpr int64_t kCopies = 4;
    const int64_t length = std::ssize(windows.front().tokens);
    int64_t numbers = 0;
    for (const Value& value : graph.values)
        numbers += kCopies * value.width * length;
    for (const Step& step : graph.programs.front().steps)
        numbers += kCopies * step.attributes.heads * length * length;
    numbers *= std::ssize(windows);
    for (const int slot : slots)
        numbers += 2 * graph.slot(slot).weights();
    return numbers * static_cast<int64_t>(inDouble ? sizeof(double) : sizeof(float));
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/hessian/segmented_product.h"

#include "core/analyze/passes/curvature_loss.h"
#include "core/analyze/passes/example_loss.h"
#include "core/network/graph/program_segments.h"

#include <algorithm>

namespace bitloom {

namespace {

/// A value, and what becomes of it along the direction; undefined: zero.
struct Dual {
    torch::Tensor value;
    torch::Tensor tangent;
};

/// Σ derivatives · directions, differentiated by `by`; undefined tensors are zero.
Tensors differentiated(const Tensors& derivatives, const Tensors& directions, const Tensors& by)
{
    Tensors outputs;
    Tensors cotangents;
    for (size_t i = 0; i < derivatives.size(); ++i)
        if (derivatives[i].defined() && derivatives[i].requires_grad() && directions[i].defined()) {
            outputs.push_back(derivatives[i]);
            cotangents.push_back(directions[i]);
        }
    if (outputs.empty())
        return Tensors(by.size());
    return torch::autograd::grad(outputs, by, cotangents, /*retain_graph=*/false,
                                 /*create_graph=*/false, /*allow_unused=*/true);
}

class SegmentedProduct {
public:
    SegmentedProduct(const Differentiation& what, std::span<const Window> windows,
                     const std::vector<int>& some, const DirectionOf& directionOf)
        : m_what(what)
        , m_windows(windows)
        , m_some(some)
        , m_directionOf(directionOf)
        , m_segments(segmentsOf(what.graph, what.graph.programs.front()))
    {
    }
    void run(const TakeProduct& take) const;

private:
    /// A segment computed anew, and all that it can be differentiated by.
    struct Computed {
        torch::Tensor output;
        Tensors variables;           ///< the value it starts from, where there is one; then slots
        Tensors tangents;            ///< of them
        std::vector<size_t> indices; ///< of the slots among those that vary
    };
    Computed compute(size_t segment, const Dual& from) const;
    static Dual pushed(const Computed& segment);
    Dual pulledLoss(const Dual& output) const;
    /// Of what the segment starts from; hands on what its slots add.
    static Dual pulled(const Computed& segment, const Dual& back, const TakeProduct& take);

    const Differentiation& m_what;
    std::span<const Window> m_windows;
    const std::vector<int>& m_some;
    const DirectionOf& m_directionOf;
    std::vector<Program> m_segments;
};

SegmentedProduct::Computed SegmentedProduct::compute(size_t segment, const Dual& from) const
{
    std::vector<int> slots;
    Computed computed;
    if (segment > 0) {
        computed.variables.push_back(from.value.detach().requires_grad_(true));
        computed.tangents.push_back(from.tangent);
    }
    for (size_t i = 0; i < m_some.size(); ++i) {
        const auto reads = [&](const Step& step) {
            return std::ranges::find(step.slots, m_some[i]) != step.slots.end();
        };
        if (std::ranges::none_of(m_segments[segment].steps, reads))
            continue;
        slots.push_back(m_some[i]);
        computed.indices.push_back(i);
        computed.tangents.push_back(m_directionOf(i));
    }
    SlotWeights leaves = m_what.weights.withLeaves(slots);
    const Tensors weights = leaves.at(slots);
    const torch::Tensor given = segment > 0 ? computed.variables.front() : torch::Tensor();
    computed.output = runSegment(m_what.graph, m_segments[segment], leaves, m_windows, given);
    computed.variables.insert(computed.variables.end(), weights.begin(), weights.end());
    return computed;
}

/// Jᵀu of a stand-in u is linear in u: its derivative by u along v is Jv.
Dual SegmentedProduct::pushed(const Computed& segment)
{
    if (std::ranges::none_of(segment.tangents, [](const auto& t) { return t.defined(); }))
        return {segment.output.detach(), {}};
    const torch::Tensor standIn = torch::zeros_like(segment.output).requires_grad_(true);
    const Tensors derivatives =
        torch::autograd::grad({segment.output}, segment.variables, {standIn},
                              /*retain_graph=*/true, /*create_graph=*/true,
                              /*allow_unused=*/true);
    return {segment.output.detach(),
            differentiated(derivatives, segment.tangents, {standIn}).front()};
}

Dual SegmentedProduct::pulledLoss(const Dual& output) const
{
    const torch::Tensor leaf = output.value.detach().requires_grad_(true);
    const torch::Tensor scored = scoredRows(m_what.graph, leaf, m_windows);
    if (m_what.loss == CurvatureLoss::KullbackLeibler) { // its gradient is zero here
        const torch::Tensor along = outputCurvature(
            m_what.graph, scored.detach(), scoredRows(m_what.graph, output.tangent, m_windows));
        return {{}, torch::autograd::grad({scored}, {leaf}, {along}).front()};
    }
    const torch::Tensor target = curvatureTarget(m_what.graph, m_what.loss, scored, m_windows);
    const torch::Tensor gradient =
        torch::autograd::grad({curvatureLoss(m_what.graph, scored, target)}, {leaf}, {},
                              /*retain_graph=*/true, /*create_graph=*/true)
            .front();
    return {gradient.detach(), differentiated({gradient}, {output.tangent}, {leaf}).front()};
}

/// With s = ⟨ȳ, f(x, W)⟩: the derivatives of ⟨∂s/∂x, x'⟩ + ⟨∂s/∂W, W'⟩ + ⟨f, ȳ'⟩ by x and W are the
/// tangents of x̄ and W̄.
Dual SegmentedProduct::pulled(const Computed& segment, const Dual& back, const TakeProduct& take)
{
    Tensors derivatives = {segment.output};
    Tensors directions = {back.tangent};
    const bool hasInput = segment.variables.size() > segment.indices.size();
    Dual from;
    if (back.value.defined()) {
        const Tensors once =
            torch::autograd::grad({segment.output}, segment.variables, {back.value},
                                  /*retain_graph=*/true, /*create_graph=*/true,
                                  /*allow_unused=*/true);
        derivatives.insert(derivatives.end(), once.begin(), once.end());
        directions.insert(directions.end(), segment.tangents.begin(), segment.tangents.end());
        if (hasInput)
            from.value = once.front().defined() ? once.front().detach() : once.front();
    }
    const Tensors found = differentiated(derivatives, directions, segment.variables);
    for (size_t i = 0; i < segment.indices.size(); ++i) {
        const torch::Tensor& product = found[i + (hasInput ? 1 : 0)];
        if (product.defined())
            take(segment.indices[i], product);
    }
    if (hasInput)
        from.tangent = found.front();
    return from;
}

void SegmentedProduct::run(const TakeProduct& take) const
{
    std::vector<Dual> starts(m_segments.size() + 1);
    for (size_t segment = 0; segment < m_segments.size(); ++segment)
        starts[segment + 1] = pushed(compute(segment, starts[segment]));
    if (!starts.back().tangent.defined())
        return;
    Dual back = pulledLoss(starts.back());
    for (size_t segment = m_segments.size(); segment-- > 0;) {
        const Computed computed = compute(segment, starts[segment]);
        starts[segment + 1] = {};
        if (computed.variables.empty())
            break;
        back = pulled(computed, back, take);
    }
}

} // namespace

void segmentedProduct(const Differentiation& what, std::span<const Window> windows,
                      const std::vector<int>& some, const DirectionOf& directionOf,
                      const TakeProduct& take)
{
    SegmentedProduct(what, windows, some, directionOf).run(take);
}

} // namespace bitloom

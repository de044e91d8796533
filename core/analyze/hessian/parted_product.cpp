// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/hessian/parted_product.h"

#include "core/analyze/passes/curvature_loss.h"
#include "core/analyze/passes/example_loss.h"
#include "core/network/graph/program_parts.h"

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

class PartedProduct {
public:
    PartedProduct(const Differentiation& what, std::span<const Window> windows,
                  const std::vector<int>& some, const DirectionOf& directionOf)
        : m_what(what)
        , m_windows(windows)
        , m_some(some)
        , m_directionOf(directionOf)
        , m_parts(partsOf(what.graph, what.graph.programs.front()))
    {
    }
    void run(const TakeProduct& take) const;

private:
    /// A part computed anew, and all that it can be differentiated by.
    struct Computed {
        torch::Tensor output;
        Tensors variables;          ///< the value it starts from, where there is one; then slots
        Tensors tangents;           ///< of them
        std::vector<size_t> places; ///< of the slots among those that vary
    };
    Computed compute(size_t part, const Dual& from) const;
    static Dual pushed(const Computed& part);
    Dual pulledLoss(const Dual& output) const;
    /// Of what the part starts from; hands on what its slots add.
    static Dual pulled(const Computed& part, const Dual& back, const TakeProduct& take);

    const Differentiation& m_what;
    std::span<const Window> m_windows;
    const std::vector<int>& m_some;
    const DirectionOf& m_directionOf;
    std::vector<Program> m_parts;
};

PartedProduct::Computed PartedProduct::compute(size_t part, const Dual& from) const
{
    std::vector<int> slots;
    Computed computed;
    if (part > 0) {
        computed.variables.push_back(from.value.detach().requires_grad_(true));
        computed.tangents.push_back(from.tangent);
    }
    for (size_t i = 0; i < m_some.size(); ++i) {
        const auto reads = [&](const Step& step) {
            return std::ranges::find(step.slots, m_some[i]) != step.slots.end();
        };
        if (std::ranges::none_of(m_parts[part].steps, reads))
            continue;
        slots.push_back(m_some[i]);
        computed.places.push_back(i);
        computed.tangents.push_back(m_directionOf(i));
    }
    SlotWeights leaves = m_what.weights.withLeaves(slots);
    const Tensors weights = leaves.at(slots);
    const torch::Tensor given = part > 0 ? computed.variables.front() : torch::Tensor();
    computed.output = runPart(m_what.graph, m_parts[part], leaves, m_windows, given);
    computed.variables.insert(computed.variables.end(), weights.begin(), weights.end());
    return computed;
}

/// Jᵀu of a stand-in u is linear in u: its derivative by u along v is Jv.
Dual PartedProduct::pushed(const Computed& part)
{
    if (std::ranges::none_of(part.tangents, [](const auto& t) { return t.defined(); }))
        return {part.output.detach(), {}};
    const torch::Tensor standIn = torch::zeros_like(part.output).requires_grad_(true);
    const Tensors derivatives = torch::autograd::grad({part.output}, part.variables, {standIn},
                                                      /*retain_graph=*/true, /*create_graph=*/true,
                                                      /*allow_unused=*/true);
    return {part.output.detach(), differentiated(derivatives, part.tangents, {standIn}).front()};
}

Dual PartedProduct::pulledLoss(const Dual& output) const
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
Dual PartedProduct::pulled(const Computed& part, const Dual& back, const TakeProduct& take)
{
    Tensors derivatives = {part.output};
    Tensors directions = {back.tangent};
    const bool hasInput = part.variables.size() > part.places.size();
    Dual from;
    if (back.value.defined()) {
        const Tensors once = torch::autograd::grad({part.output}, part.variables, {back.value},
                                                   /*retain_graph=*/true, /*create_graph=*/true,
                                                   /*allow_unused=*/true);
        derivatives.insert(derivatives.end(), once.begin(), once.end());
        directions.insert(directions.end(), part.tangents.begin(), part.tangents.end());
        if (hasInput)
            from.value = once.front().defined() ? once.front().detach() : once.front();
    }
    const Tensors found = differentiated(derivatives, directions, part.variables);
    for (size_t i = 0; i < part.places.size(); ++i) {
        const torch::Tensor& product = found[i + (hasInput ? 1 : 0)];
        if (product.defined())
            take(part.places[i], product);
    }
    if (hasInput)
        from.tangent = found.front();
    return from;
}

void PartedProduct::run(const TakeProduct& take) const
{
    std::vector<Dual> starts(m_parts.size() + 1);
    for (size_t part = 0; part < m_parts.size(); ++part)
        starts[part + 1] = pushed(compute(part, starts[part]));
    if (!starts.back().tangent.defined())
        return;
    Dual back = pulledLoss(starts.back());
    for (size_t part = m_parts.size(); part-- > 0;) {
        const Computed computed = compute(part, starts[part]);
        starts[part + 1] = {};
        if (computed.variables.empty())
            break;
        back = pulled(computed, back, take);
    }
}

} // namespace

void partedProduct(const Differentiation& what, std::span<const Window> windows,
                   const std::vector<int>& some, const DirectionOf& directionOf,
                   const TakeProduct& take)
{
    PartedProduct(what, windows, some, directionOf).run(take);
}

} // namespace bitloom

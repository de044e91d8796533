// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/passes/slot_uses.h"

#include <algorithm>

namespace bitloom {

namespace {

/// Matrix number `i` of a step.
SlotUse useOf(const Step& step, size_t i, const StepMatrix& matrix)
{
    if (matrix.use == MatrixUse::Recurrent) // gate i: W x + U h₋₁, of which the first is a value
        return {matrix.slot, {step.output, true}, false, step.inputs[i]};
    return {matrix.slot,
            {step.inputs.front(), false},
            !matrix.multiplied(),
            step.output,
            operationNamed(step.operation).lookedUpBy};
}

/// The rows that a lookup picks at each position.
torch::Tensor pickedRows(LookedUpBy by, const torch::Tensor& tokens)
{
    const int64_t count = tokens.size(0);
    switch (by) {
    case LookedUpBy::Position:
        return torch::arange(count);
    case LookedUpBy::Nothing:
        return torch::zeros({count}, torch::kInt64);
    case LookedUpBy::Token:
        break;
    }
    return tokens.reshape({count}).to(torch::kInt64);
}

} // namespace

std::vector<SlotUse> slotUses(const Graph& graph, const Program& program)
{
    std::vector<SlotUse> uses;
    for (const Step& step : program.steps) {
        const std::vector<StepMatrix> matrices = matricesOf(step);
        for (size_t i = 0; i < matrices.size(); ++i)
            if (graph.slot(matrices[i].slot).quantizable)
                uses.push_back(useOf(step, i, matrices[i]));
    }
    return uses;
}

void addGradientRows(const UseGradient& use, int64_t first, torch::Tensor& sums)
{
    const int64_t count = sums.size(0);
    if (!use.gradient.defined())
        return;
    if (!use.lookedUp) {
        sums.addmm_(use.gradient.narrow(1, first, count).t(), use.input);
        return;
    }
    const torch::Tensor here = (use.input >= first).logical_and(use.input < first + count);
    const torch::Tensor positions = here.nonzero().squeeze(1);
    sums.index_add_(0, use.input.index_select(0, positions) - first,
                    use.gradient.index_select(0, positions));
}

void formGradient(int64_t rows, int64_t columns, const std::vector<UseGradient>& uses,
                  const std::function<void(int64_t first, const torch::Tensor& gradient)>& work)
{
    constexpr int64_t kStretchNumbers = int64_t{1} << 20;
    const int64_t stretch = std::max<int64_t>(1, kStretchNumbers / columns);
    for (int64_t first = 0; first < rows; first += stretch) {
        torch::Tensor gradient =
            torch::zeros({std::min(stretch, rows - first), columns}, torch::kFloat);
        for (const UseGradient& use : uses)
            addGradientRows(use, first, gradient);
        work(first, gradient);
    }
}

UseWatch::UseWatch(const std::vector<SlotUse>& uses)
{
    for (const SlotUse& use : uses) {
        m_values[use.input.value];
        m_gradients[use.output];
    }
}

torch::Tensor UseWatch::operator()(int value, torch::Tensor tensor)
{
    if (const auto kept = m_values.find(value); kept != m_values.end())
        kept->second = tensor.detach();
    if (const auto wanted = m_gradients.find(value); wanted != m_gradients.end()) {
        if (!tensor.requires_grad())
            tensor.requires_grad_(true);
        tensor.register_hook(
            [wanted](const torch::Tensor& gradient) { wanted->second = gradient.detach(); });
    }
    return tensor;
}

UseGradient UseWatch::gradientOf(const SlotUse& use) const
{
    UseGradient found = {m_values.at(use.input.value), m_gradients.at(use.output), use.lookedUp};
    if (use.lookedUp)
        found.input = pickedRows(use.by, found.input);
    if (use.input.previous && found.gradient.defined()) {
        const int64_t count = found.input.size(0) - 1; // before the first position nothing was
        found.input = found.input.narrow(0, 0, count);
        found.gradient = found.gradient.narrow(0, 1, count);
    }
    return found;
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/slot_input.h"

#include "core/network/operations.h"

#include <algorithm>

namespace bitloom {

namespace {

/// Whether `slot` is among the matrices of a step, which come first.
bool usesMatrix(const Step& step, int slot)
{
    const auto end = step.slots.begin() + operationNamed(step.operation).matrices;
    return std::find(step.slots.begin(), end, slot) != end;
}

/// What a step multiplies its matrices with.
std::optional<SlotInput> multiplied(const Step& step)
{
    if (step.operation == "linear")
        return SlotInput{step.inputs.front(), false};
    if (isRecurrent(step))
        return SlotInput{step.output, true};
    return std::nullopt;
}

} // namespace

std::optional<SlotInput> slotInput(const Graph& graph, int slot)
{
    std::optional<SlotInput> first;
    for (const Program& program : graph.programs)
        for (const Step& step : program.steps) {
            if (!usesMatrix(step, slot))
                continue;
            const std::optional<SlotInput> input = multiplied(step);
            if (!input)
                return std::nullopt;
            first = first ? first : input;
        }
    return first;
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/slot_input.h"

#include "core/network/operations.h"

#include <algorithm>

namespace bitloom {

namespace {

/// Whether `slot` is among the matrices of a step, which come first.
bool multiplies(const Step& step, int slot)
{
    const auto end = step.slots.begin() + operationNamed(step.operation).matrices;
    return std::find(step.slots.begin(), end, slot) != end;
}

} // namespace

std::optional<SlotInput> slotInput(const Graph& graph, int slot)
{
    for (const Program& program : graph.programs)
        for (const Step& step : program.steps) {
            if (step.operation == "linear" && multiplies(step, slot))
                return SlotInput{step.inputs.front(), false};
            if (step.attributes.hiddenState >= 0 && multiplies(step, slot))
                return SlotInput{step.output, true};
        }
    return std::nullopt;
}

} // namespace bitloom

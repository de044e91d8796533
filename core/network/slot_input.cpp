// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/slot_input.h"

#include "core/network/operations.h"

namespace bitloom {

namespace {

/// What a step multiplies a matrix with that it uses in this way.
std::optional<SlotInput> multiplied(const Step& step, MatrixUse use)
{
    switch (use) {
    case MatrixUse::Product:
        return SlotInput{step.inputs.front(), false};
    case MatrixUse::Recurrent:
        return SlotInput{step.output, true};
    case MatrixUse::Lookup:
        break;
    }
    return std::nullopt;
}

} // namespace

std::optional<SlotInput> slotInput(const Graph& graph, int slot)
{
    std::optional<SlotInput> first;
    for (const Program& program : graph.programs)
        for (const Step& step : program.steps)
            for (const StepMatrix& matrix : matricesOf(step)) {
                if (matrix.slot != slot)
                    continue;
                const std::optional<SlotInput> input = multiplied(step, matrix.use);
                if (!input)
                    return std::nullopt;
                first = first ? first : input;
            }
    return first;
}

} // namespace bitloom

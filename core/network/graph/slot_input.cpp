// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/graph/slot_input.h"

#include "core/network/graph/operations.h"

#include <algorithm>
#include <map>

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
        for (const Step& step : program.steps) {
            if (std::ranges::find(step.slots, slot) == step.slots.end())
                continue;
            for (const StepMatrix& matrix : matricesOf(step)) {
                if (matrix.slot != slot)
                    continue;
                const std::optional<SlotInput> input = multiplied(step, matrix.use);
                if (!input)
                    return std::nullopt;
                first = first ? first : input;
            }
        }
    return first;
}

std::vector<std::vector<int>> slotsByInput(const Graph& graph)
{
    std::map<SlotInput, size_t> groupOf;
    std::vector<std::vector<int>> groups;
    for (int slot = 0; slot < std::ssize(graph.slots); ++slot) {
        const std::optional<SlotInput> input = slotInput(graph, slot);
        if (!input)
            continue;
        const auto [found, isNew] = groupOf.try_emplace(*input, groups.size());
        if (isNew)
            groups.emplace_back();
        groups[found->second].push_back(slot);
    }
    return groups;
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/transforms/scaling_groups.h"

#include "core/network/graph/operations.h"
#include "core/network/graph/slot_input.h"

#include <algorithm>

namespace bitloom {

namespace {

/// Whether a step multiplies each number of its row by one of its own.
bool isNorm(const Step& step)
{
    const Operation& operation = operationNamed(step.operation);
    return operation.matrices.empty() && operation.vectors > 0;
}

bool isReadOnce(const Graph& graph, int slot)
{
    return graph.slot(slot).uses.size() == 1;
}

/// Empty, or what of a step does not allow what it reads to be scaled.
std::string obstacle(const Graph& graph, const Step& step, int value)
{
    const std::vector<StepMatrix> matrices = matricesOf(step);
    for (const auto& [slot, use] : matrices) {
        if (!graph.slot(slot).quantizable)
            return graph.slot(slot).name + " cannot be quantized";
        if (!isReadOnce(graph, slot))
            return graph.slot(slot).name + " is read in two places";
        if (use != MatrixUse::Product || slotInput(graph, slot) != SlotInput{value, false})
            return graph.slot(slot).name + " is not multiplied with it";
    }
    if (matrices.empty())
        return "it goes into " + std::string(step.operation) + " too";
    return {};
}

/// Adds the readers of a norm's output to its group. Empty, or why that cannot be scaled.
std::string addReaders(const Graph& graph, const Program& program, ScalingGroup& group)
{
    if (program.output == group.value)
        return "it is what the network is asked for";
    for (const Step& step : program.steps) {
        if (std::ranges::find(step.inputs, group.value) == step.inputs.end())
            continue;
        if (std::string found = obstacle(graph, step, group.value); !found.empty())
            return found;
        for (const StepMatrix& matrix : matricesOf(step))
            group.products.push_back(matrix.slot);
    }
    return group.products.empty() ? "nothing is multiplied with it" : std::string();
}

} // namespace

std::vector<ScalingGroup> scalingGroups(const Graph& graph, std::vector<std::string>& leftOut)
{
    std::vector<ScalingGroup> groups;
    for (const Program& program : graph.programs)
        for (const Step& step : program.steps) {
            if (!isNorm(step))
                continue;
            ScalingGroup group{step.output, step.slots, {}};
            std::string why = addReaders(graph, program, group);
            if (!std::ranges::all_of(step.slots, [&](int slot) { return isReadOnce(graph, slot); }))
                why = "its weights are read in two places";
            if (why.empty())
                groups.push_back(std::move(group));
            else
                leftOut.push_back(graph.value(step.output).name + " cannot be scaled: " + why +
                                  ".");
        }
    return groups;
}

} // namespace bitloom

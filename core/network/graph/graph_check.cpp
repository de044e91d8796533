// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/graph/graph_check.h"

#include "core/base/error.h"
#include "core/network/graph/operations.h"

#include <string>
#include <vector>

namespace bitloom {

namespace {

bool inRange(int index, size_t size)
{
    return index >= 0 && static_cast<size_t>(index) < size;
}

void checkVectors(const Graph& graph, const Step& step, const Operation& operation, int64_t width)
{
    for (size_t i = operation.matrices.size(); i < step.slots.size(); ++i) {
        const Slot& vector = graph.slot(step.slots[i]);
        if (vector.weights() != width)
            throw Error("graph", std::string(step.operation) + " needs as many weights as its " +
                                     "output is wide (" + std::to_string(width) + "), " +
                                     vector.name + " has " + std::to_string(vector.weights()));
    }
}

/// One row for each position, or one for each text: a step's inputs must agree, and a pooled text
/// has no positions left.
void checkPositions(const Graph& graph, const Step& step, const Operation& operation)
{
    const auto perText = [&](int value) { return graph.value(value).perText; };
    bool pooled = false;
    for (const int input : step.inputs) {
        pooled = pooled || perText(input);
        if (perText(input) != perText(step.inputs.front()))
            throw Error("graph", std::string(step.operation) +
                                     " mixes values of positions with values of texts");
    }
    if (pooled && operation.looksAtPositions)
        throw Error("graph", std::string(step.operation) + " needs positions, not whole texts");
    if (perText(step.output) != (pooled || operation.pools))
        throw Error("graph", std::string(step.operation) + " gives another number of rows than " +
                                 graph.value(step.output).name + " has");
}

/// Checks one step; `known` marks the values computed so far.
void checkStep(const Graph& graph, const Step& step, std::vector<bool>& known)
{
    const Operation& operation = operationNamed(step.operation);
    const std::string name(step.operation);
    if (static_cast<int>(step.inputs.size()) != operation.inputs)
        throw Error("graph", name + " takes " + std::to_string(operation.inputs) + " inputs");
    if (!operation.takesSlots(static_cast<int>(step.slots.size())))
        throw Error("graph", name + " takes " +
                                 std::to_string(operation.matrixCount() + operation.vectors) +
                                 " slots");
    for (const int input : step.inputs)
        if (!inRange(input, known.size()) || !known[static_cast<size_t>(input)])
            throw Error("graph", name + " reads a value that is not computed before it");
    for (const int slot : step.slots)
        if (!inRange(slot, graph.slots.size()))
            throw Error("graph", name + " reads a slot that is not there");
    if (!inRange(step.output, known.size()) || known[static_cast<size_t>(step.output)])
        throw Error("graph", name + " has no value of its own to write");
    const Value& output = graph.value(step.output);
    const int64_t width = operation.outputWidth(graph, step);
    if (width != output.width)
        throw Error("graph", name + " gives " + output.name + " a width of " +
                                 std::to_string(width) + ", declared is " +
                                 std::to_string(output.width));
    checkVectors(graph, step, operation, width);
    checkPositions(graph, step, operation);
    known[static_cast<size_t>(step.output)] = true;
}

void checkProgram(const Graph& graph, const Program& program)
{
    std::vector<bool> known(graph.values.size(), false);
    if (!inRange(program.input, known.size()))
        throw Error("graph", "program " + program.name + " has no input");
    known[static_cast<size_t>(program.input)] = true;
    for (const Step& step : program.steps)
        checkStep(graph, step, known);
    if (!inRange(program.output, known.size()) || !known[static_cast<size_t>(program.output)])
        throw Error("graph", "program " + program.name + " does not compute its output");
}

} // namespace

void checkGraph(const Graph& graph)
{
    for (const Program& program : graph.programs)
        checkProgram(graph, program);
    Graph expected = graph;
    fillUses(expected);
    for (size_t i = 0; i < graph.slots.size(); ++i)
        if (graph.slots[i].uses != expected.slots[i].uses)
            throw Error("graph", "the uses of slot " + graph.slots[i].name + " are not its steps");
}

void fillUses(Graph& graph)
{
    for (Slot& slot : graph.slots)
        slot.uses.clear();
    int index = 0;
    for (const Program& program : graph.programs)
        for (const Step& step : program.steps) {
            for (const int slot : step.slots)
                graph.slot(slot).uses.push_back(index);
            ++index;
        }
}

} // namespace bitloom

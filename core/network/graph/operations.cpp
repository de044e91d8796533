// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/graph/operations.h"

#include "core/base/error.h"

#include <string>

namespace bitloom {

namespace {

/// States what a shape rule expects, as an Error of the step when it does not hold.
void expect(bool holds, const Step& step, const std::string& rule)
{
    if (!holds)
        throw Error("graph", std::string(step.operation) + " needs " + rule);
}

int64_t inputWidth(const Graph& graph, const Step& step, size_t i)
{
    return graph.value(step.inputs[i]).width;
}

const Slot& weight(const Graph& graph, const Step& step)
{
    return graph.slot(step.slots[0]);
}

int64_t embedWidth(const Graph& graph, const Step& step)
{
    expect(inputWidth(graph, step, 0) == 1, step, "one token per position");
    return weight(graph, step).columns;
}

int64_t sameWidth(const Graph& graph, const Step& step)
{
    return inputWidth(graph, step, 0);
}

int64_t linearWidth(const Graph& graph, const Step& step)
{
    const int64_t width = inputWidth(graph, step, 0);
    expect(weight(graph, step).columns == width, step,
           "rows as long as its input is wide (" + std::to_string(width) + "), those of " +
               weight(graph, step).name + " have " + std::to_string(weight(graph, step).columns));
    return weight(graph, step).rows;
}

int64_t ropeWidth(const Graph& graph, const Step& step)
{
    const Attributes& a = step.attributes;
    expect(a.ropeTable >= 0 && a.ropeTable < static_cast<int>(graph.ropeTables.size()), step,
           "a table of frequencies");
    const auto& table = graph.ropeTables[static_cast<size_t>(a.ropeTable)];
    expect(a.headSize > 0 &&
               static_cast<int64_t>(table.inverseFrequencies.size()) * 2 == a.headSize,
           step, "one frequency for each pair of a head");
    expect(inputWidth(graph, step, 0) == int64_t{a.heads} * a.headSize, step,
           "an input of heads × head size");
    return inputWidth(graph, step, 0);
}

bool isState(const Graph& graph, int state, State::Kind kind, int64_t width)
{
    return state >= 0 && state < static_cast<int>(graph.states.size()) &&
           graph.states[static_cast<size_t>(state)].kind == kind &&
           graph.states[static_cast<size_t>(state)].width == width;
}

int64_t textAttentionWidth(const Graph& graph, const Step& step)
{
    const Attributes& a = step.attributes;
    const int64_t keys = int64_t{a.keyValueHeads} * a.headSize;
    expect(a.keyValueHeads > 0 && a.heads > 0 && a.heads % a.keyValueHeads == 0, step,
           "a number of heads that is a multiple of the key/value heads");
    expect(inputWidth(graph, step, 0) == int64_t{a.heads} * a.headSize, step,
           "queries of heads × head size");
    expect(inputWidth(graph, step, 1) == keys && inputWidth(graph, step, 2) == keys, step,
           "keys and values of key/value heads × head size");
    return inputWidth(graph, step, 0);
}

int64_t attentionWidth(const Graph& graph, const Step& step)
{
    const Attributes& a = step.attributes;
    const int64_t keys = int64_t{a.keyValueHeads} * a.headSize;
    constexpr State::Kind kCache = State::Kind::Append;
    expect(isState(graph, a.keyState, kCache, keys) && isState(graph, a.valueState, kCache, keys) &&
               a.keyState != a.valueState,
           step, "two states that keys and values fit into");
    return textAttentionWidth(graph, step);
}

int64_t equalWidth(const Graph& graph, const Step& step)
{
    expect(inputWidth(graph, step, 0) == inputWidth(graph, step, 1), step,
           "two inputs of one width");
    return inputWidth(graph, step, 0);
}

int64_t lstmWidth(const Graph& graph, const Step& step)
{
    const Attributes& a = step.attributes;
    const int64_t width = inputWidth(graph, step, 0);
    constexpr size_t kGates = 4;
    for (size_t gate = 0; gate < kGates; ++gate) {
        const Slot& hidden = graph.slot(step.slots[gate]);
        expect(inputWidth(graph, step, gate) == width && hidden.rows == width &&
                   hidden.columns == width,
               step, "gates of one width");
    }
    expect(step.slots.size() == kGates || step.slots.size() == 2 * kGates, step,
           "a bias for each gate or none");
    constexpr State::Kind kCell = State::Kind::Replace;
    expect(isState(graph, a.hiddenState, kCell, width) &&
               isState(graph, a.cellState, kCell, width) && a.hiddenState != a.cellState,
           step, "two replaced states of its width");
    return width;
}

} // namespace

const std::vector<Operation>& operations()
{
    using enum MatrixUse;
    static const std::vector<Operation> table = {
        {"embed", 1, {Lookup}, 0, 0, false, embedWidth},
        {"embed_position", 1, {Lookup}, 0, 0, true, embedWidth, false, LookedUpBy::Position},
        {"embed_type", 1, {Lookup}, 0, 0, false, embedWidth, false, LookedUpBy::Nothing},
        {"rms_norm", 1, {}, 1, 0, false, sameWidth},
        {"layer_norm", 1, {}, 2, 0, false, sameWidth},
        {"linear", 1, {Product}, 0, 1, false, linearWidth},
        {"rope", 1, {}, 0, 0, true, ropeWidth},
        {"attention", 3, {}, 0, 0, true, attentionWidth},
        {"text_attention", 3, {}, 0, 0, true, textAttentionWidth},
        {"silu_multiply", 2, {}, 0, 0, false, equalWidth},
        {"gelu", 1, {}, 0, 0, false, sameWidth},
        {"gelu_new", 1, {}, 0, 0, false, sameWidth},
        {"relu", 1, {}, 0, 0, false, sameWidth},
        {"tanh", 1, {}, 0, 0, false, sameWidth},
        {"normalize", 1, {}, 0, 0, false, sameWidth},
        {"first_row", 1, {}, 0, 0, true, sameWidth, true},
        {"mean_rows", 1, {}, 0, 0, true, sameWidth, true},
        {"add", 2, {}, 0, 0, false, equalWidth},
        {"lstm", 4, {Recurrent, Recurrent, Recurrent, Recurrent}, 0, 4, true, lstmWidth},
    };
    return table;
}

const Operation& operationNamed(std::string_view name)
{
    for (const Operation& operation : operations())
        if (operation.name == name)
            return operation;
    throw Error("graph", "there is no operation " + std::string(name));
}

std::vector<StepMatrix> matricesOf(const Step& step)
{
    std::vector<StepMatrix> matrices;
    for (const MatrixUse use : operationNamed(step.operation).matrices)
        matrices.push_back({step.slots.at(matrices.size()), use});
    return matrices;
}

const Step* notMultiplying(const Program& program, int slot)
{
    for (const Step& step : program.steps)
        for (const StepMatrix& matrix : matricesOf(step))
            if (matrix.slot == slot && matrix.use != MatrixUse::Product)
                return &step;
    return nullptr;
}

bool isVector(const Step& step, size_t i)
{
    return i >= operationNamed(step.operation).matrices.size();
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/settings/run_memory.h"

#include "core/base/error.h"
#include "core/quantize/corrections/correction.h"
#include "core/quantize/transforms/transform.h"

#include <algorithm>

namespace bitloom {

namespace {

int64_t positionsOf(const Graph& graph, int64_t wanted)
{
    if (wanted > graph.contextLength)
        throw Error("memory", "the network reads " + std::to_string(graph.contextLength) +
                                  " tokens at most, not " + std::to_string(wanted));
    return wanted > 0 ? wanted : defaultWindow(graph.contextLength);
}

} // namespace

const Scheme& storedScheme(const Model& model, const Slot& slot, const std::string& scheme)
{
    if (!scheme.empty())
        return schemeNamed(scheme);
    const StoredTensor stored = model.tensorOf(slot);
    if (!stored.scheme)
        throw Error("memory", "the weights of " + slot.name + " are of a type that cannot be read");
    return *stored.scheme;
}

namespace {

LowRankShape shapeOf(const CorrectionStep& correction, const Slot& slot)
{
    return correctionNamed(correction.id).shape(slot.rows, slot.columns, correction);
}

} // namespace

int64_t slotMemory(const Model& model, const EngineMemory& engine,
                   const std::vector<int>& transformed, int slot, const SlotChoice& choice)
{
    const Slot& of = model.graph.slot(slot);
    const std::string chosen = schemeUnder(transformed, slot, choice.scheme);
    const int64_t bytes = engine.slotBytes(model.graph, slot, storedScheme(model, of, chosen));
    if (!choice.correction)
        return bytes;
    const LowRankShape shape = shapeOf(*choice.correction, of);
    return bytes + engine.matrixBytes(*shape.scheme, of.rows, shape.rank) +
           engine.matrixBytes(*shape.scheme, shape.rank, of.columns);
}

RunMemory runMemory(const Model& model, const EngineMemory& engine, const Recipe& recipe,
                    int64_t positions)
{
    const Graph& graph = model.graph;
    if (!graph.runnable())
        throw Error("memory", model.missing);
    RunMemory memory;
    memory.engine = engine.description();
    memory.positions = positionsOf(graph, positions);
    const std::vector<int> transformed = transformedSlots(graph, recipe.transforms);
    int64_t highestRank = 0;
    for (size_t i = 0; i < graph.slots.size(); ++i) {
        const Slot& slot = graph.slots[i];
        const auto index = static_cast<int>(i);
        if (slot.uses.empty())
            continue;
        const SlotChoice& choice = recipe.choice(slot.name);
        memory.weights += slotMemory(model, engine, transformed, index, choice);
        if (choice.correction)
            highestRank = std::max(highestRank, shapeOf(*choice.correction, slot).rank);
    }
    memory.states = engine.stateBytes(graph, memory.positions);
    memory.activations = engine.activationBytes(graph, memory.positions, highestRank);
    return memory;
}

} // namespace bitloom

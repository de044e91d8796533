// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/session/memory.h"

namespace bitloom {
namespace {

/// Comparing runs the original and the quantized network side by side, each with a cache.
constexpr int64_t kSequences = 2;

} // namespace

MemoryEstimate estimateMemory(const Model& model, const Recipe& recipe)
{
    MemoryEstimate estimate;
    estimate.original = model.checkpoint.fileBytes;
    for (const Slot& slot : model.graph.slots)
        estimate.quantized += slotBytes(model, slot, recipe.choice(slot.name).scheme,
                                        recipe.choice(slot.name).correction);
    for (const State& state : model.graph.states) {
        const int64_t rows = state.kind == State::Kind::Append ? model.graph.contextLength : 1;
        estimate.keyValueCache +=
            state.width * rows * kSequences * static_cast<int64_t>(sizeof(float));
    }
    return estimate;
}

} // namespace bitloom

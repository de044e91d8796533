// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/fit/fit_budget.h"

#include "core/quantize/transforms/transform.h"

#include <cmath>
#include <utility>

namespace bitloom {

namespace {

int64_t picoseconds(double seconds)
{
    return std::llround(seconds * kPicoseconds);
}

/// What the slots take that no recipe changes.
int64_t ofTheOthers(const Model& model, const FitBudget& budget)
{
    int64_t sum = 0;
    for (size_t i = 0; i < model.graph.slots.size(); ++i)
        if (!model.graph.slots[i].quantizable)
            sum += budget.ofSlot(static_cast<int>(i), {});
    return sum;
}

} // namespace

FitBudget memoryBudget(const Model& model, std::shared_ptr<const EngineMemory> engine,
                       const MemoryBudget& wanted, const Recipe& start)
{
    const RunMemory memory = runMemory(model, *engine, start, wanted.positions);
    FitBudget budget;
    budget.kind = FitBudget::Kind::Memory;
    budget.most = wanted.bytes;
    budget.ofSlot = [&model, engine = std::move(engine),
                     transformed = transformedSlots(model.graph, start.transforms)](
                        int slot, const SlotChoice& choice) {
        return slotMemory(model, *engine, transformed, slot, choice);
    };
    budget.rest = memory.states + memory.activations + ofTheOthers(model, budget);
    return budget;
}

FitBudget decodeBudget(const Model& model, std::shared_ptr<const DecodeTimes> times, double seconds)
{
    FitBudget budget;
    budget.kind = FitBudget::Kind::DecodeTime;
    budget.most = picoseconds(seconds);
    const int64_t rest = picoseconds(times->rest);
    budget.ofSlot = [&model, times = std::move(times)](int slot, const SlotChoice& choice) {
        return picoseconds(times->ofSlot(model, slot, choice.scheme));
    };
    budget.rest = rest + ofTheOthers(model, budget);
    return budget;
}

} // namespace bitloom

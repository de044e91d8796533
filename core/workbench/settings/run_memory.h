// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/engine/engine_memory.h"
#include "core/quantize/recipe/recipe.h"

#include <cstdint>
#include <string>
#include <vector>

namespace bitloom {

/// Memory that a network takes while it runs under a recipe, bytes: of the engine that keeps
/// weights packed. What is counted stands at EngineMemory.
struct RunMemory {
    std::string engine;
    int64_t positions = 0;   ///< tokens of the text
    int64_t weights = 0;     ///< as packed, those that are never quantized too
    int64_t states = 0;      ///< KV cache
    int64_t activations = 0; ///< values on the way, what goes in and what comes out

    int64_t total() const { return weights + states + activations; }
};

/// With a text of `positions` tokens (0: as many as the network reads, or defaultWindow). Error
/// when it cannot run, or not on so many.
RunMemory runMemory(const Model& model, const EngineMemory& engine, const Recipe& recipe,
                    int64_t positions);

/// What a slot takes under a choice, bytes as packed, with what corrects it. `transformed`:
/// transformedSlots.
int64_t slotMemory(const Model& model, const EngineMemory& engine,
                   const std::vector<int>& transformed, int slot, const SlotChoice& choice);

/// How the weights of a slot are stored under a scheme ("" = as in the checkpoint).
const Scheme& storedScheme(const Model& model, const Slot& slot, const std::string& scheme);

} // namespace bitloom

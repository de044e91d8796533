// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/model/model.h"
#include "core/quantize/recipe/recipe.h"

#include <cstdint>

namespace bitloom {

/// Memory a session needs, bytes: original (mapped) + quantized + KV cache.
struct MemoryEstimate {
    int64_t original = 0;
    int64_t quantized = 0;
    int64_t keyValueCache = 0;
    int64_t total() const { return original + quantized + keyValueCache; }
};
MemoryEstimate estimateMemory(const Model& model, const Recipe& recipe);

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>

namespace bitloom {

/// Draws the next token. `temperature` 0 or less: the most likely one (of equals the lowest id).
/// Otherwise logits are divided by it; `topK` > 0 keeps the K most likely, `topP` < 1 the fewest
/// whose probability reaches topP (at least one). The draw is a pure function of (seed, step).
int32_t sampleToken(std::span<const float> logits, double temperature, int topK, double topP,
                    uint64_t seed, uint64_t step);

} // namespace bitloom

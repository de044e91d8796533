// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace bitloom {

/// Counter-based random bits: a pure function of (seed, counter), so results do not depend on
/// thread count or order. SplitMix64 finaliser (Steele, Lea, Flood 2014) over both words.
inline uint64_t randomBits(uint64_t seed, uint64_t counter)
{
    uint64_t z = seed * 0x9E3779B97F4A7C15ULL + counter * 0xD1B54A32D192ED03ULL;
    for (int round = 0; round < 2; ++round) {
        z += 0x9E3779B97F4A7C15ULL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
        z ^= z >> 31;
    }
    return z;
}

/// Uniform in [0, 1), 53 bits.
inline double randomUniform(uint64_t seed, uint64_t counter)
{
    return static_cast<double>(randomBits(seed, counter) >> 11) * 0x1.0p-53;
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

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

/// Standard normal (Box and Muller 1958).
inline double randomNormal(uint64_t seed, uint64_t counter)
{
    const double radius = std::sqrt(-2 * std::log(1 - randomUniform(seed, 2 * counter)));
    return radius * std::cos(2 * std::numbers::pi * randomUniform(seed, 2 * counter + 1));
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>

namespace bitloom {

/// Index of the first number that is NaN or infinite; −1: there is none.
inline int64_t firstNotFinite(std::span<const float> numbers)
{
    constexpr size_t kChunk = 4096; // becomes vector code; the exact place is looked for afterwards
    constexpr uint32_t kExponent = 0x7F800000U;
    for (size_t from = 0; from < numbers.size(); from += kChunk) {
        const std::span<const float> chunk =
            numbers.subspan(from, std::min(kChunk, numbers.size() - from));
        uint32_t found = 0;
        for (const float number : chunk)
            found |= (std::bit_cast<uint32_t>(number) & kExponent) == kExponent ? 1U : 0U;
        for (size_t i = 0; found != 0 && i < chunk.size(); ++i)
            if (!std::isfinite(chunk[i]))
                return static_cast<int64_t>(from + i);
    }
    return -1;
}

/// Rounding below zero becomes zero. NaN stays NaN, where std::max(0.0, NaN) would be 0.
inline double notBelowZero(double number)
{
    return number < 0 ? 0 : number;
}

/// A number that is not finite, as sentences say it: "nan", "inf", "-inf".
inline std::string notFiniteText(double number)
{
    if (std::isnan(number))
        return "nan";
    return number > 0 ? "inf" : "-inf";
}

} // namespace bitloom

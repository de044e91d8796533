// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/storage/grid.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace bitloom {

/// Dense little-endian bit strings of numbers of 1 to 16 bits: number i occupies bits
/// [i·bits, i·bits + bits), lowest first, and may straddle bytes; the last byte is padded with
/// zeros.
constexpr int64_t denseBytes(int64_t count, int bits)
{
    return (count * bits + 7) / 8;
}
void packDense(std::span<const Code> numbers, int bits, std::byte* out);
void unpackDense(const std::byte* bytes, int bits, std::span<Code> numbers);

} // namespace bitloom

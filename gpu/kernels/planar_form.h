// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/storage/grid_scheme.h"

#include <array>
#include <bit>
#include <cstdint>

namespace bitloom {

constexpr int64_t kUnit = 32;
constexpr int64_t kQuadColumns = 4;

inline int64_t blocksOf(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

/// How wide the parts of a group's entry are.
struct EntryWidths {
    uint32_t scale = 0;
    uint32_t bias = 0;
    uint32_t zero = 0;

    uint32_t entryBits() const
    {
        const uint32_t total = scale + bias + zero;
        return total == 0 ? 0 : std::bit_ceil(total);
    }
};

/// How the kernels keep rows of a scheme (gpu/kernels/planar.h): as plain numbers, or as codes on
/// its grid.
struct PlanarForm {
    uint32_t plainBits = 0; ///< BITLOOM_HALF, BITLOOM_BFLOAT or BITLOOM_FLOAT; 0: codes on a grid
    bool asStored = false;  ///< plain: the stored bytes; else what they decode to
    Grid grid;              ///< of one row
    EntryWidths widths;
};

/// What the kernels do not know of becomes plain floats. Error: a codebook that they cannot hold,
/// parameters of the slot, codes of more than a byte or of several weights.
PlanarForm planarForm(const Scheme& scheme, int64_t columns);

/// Bytes of the sections of a PlanarTensor, in the order in which they stand there, from its shape
/// alone: whatever numbers it holds.
std::array<int64_t, 5> planarSectionBytes(const Scheme& scheme, int64_t rows, int64_t columns);

/// Bytes of one row in that layout, at most: for splitting into slabs.
int64_t planarRowBytes(const Scheme& scheme, int64_t columns);

} // namespace bitloom

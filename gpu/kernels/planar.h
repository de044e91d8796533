// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/storage/packed_tensor.h"
#include "gpu/shaders/structs.h"

#include <cstdint>
#include <vector>

namespace bitloom {

/// Some rows of a weight matrix as the kernels read it. One layout for every code width: rows come
/// in units of 32 codes, a unit's codes are split by bits into planes of 4, 2 and 1 bits (8 stays
/// whole), so that each plane of a unit is one aligned load and 4 codes fall out a byte each
/// ("byte-SWAR"). Scales stay the stored halves. A codebook becomes constants of the kernels. Plain
/// numbers come in units of 4.
struct PlanarTensor {
    shader::Weights shape = {};
    std::vector<uint32_t> wide;   ///< 8-bit plane, 8 words a unit; 4-bit plane or floats, 4 words
    std::vector<uint32_t> middle; ///< 2-bit plane or 16-bit numbers, 2 words a unit
    std::vector<uint32_t> narrow; ///< 1-bit plane, 1 word a unit
    std::vector<uint32_t> params; ///< halves by block: two scales, or scale and bias, to a word
    std::vector<uint32_t> sub;    ///< by group: small scale, small bias, zero point; entryBits each
    std::vector<float> levels;    ///< a codebook; empty: codes are whole numbers

    int64_t bytes() const;
    /// What the kernels decode, computed on the CPU: the inverse that tests check.
    float at(int64_t row, int64_t column) const;
};

/// Repacks rows [first, first + count) of `tensor`. A scheme whose groups the kernels do not know
/// (a size that is neither 16, 32 · 2ⁿ nor the whole row) becomes plain floats. Error: a codebook
/// of more levels than BITLOOM_MOST_LEVELS, parameters of the slot, codes of more than a byte or of
/// several weights.
PlanarTensor planarTensor(const PackedTensor& tensor, int64_t first, int64_t count);

} // namespace bitloom

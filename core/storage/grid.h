// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace bitloom {

/// Adding and taking away 1.5·2^23 rounds a float of magnitude below 2^22 to the nearest integer,
/// ties to even; unlike std::rint it becomes vector code on every x86-64.
inline constexpr float kRounder = 12582912.0F;

/// What is stored of one weight, or of the `Grid::dimension` neighbours that share it.
using Code = uint16_t;

/// The quantization grid of a rows × columns matrix: every parameter exactly as stored.
///
/// Columns come in groups of `groupSize` (the last may be short); `groupsPerBlock` groups share
/// one pair of half-precision parameters (two-level schemes such as Q4_K; 1 otherwise). A code q
/// (unsigned, `bits` wide) of group g in block b of its row stands for
///
///     value = s · (q − z) + m
///     s = half(scale[b]) · (subScale.empty() ? 1 : subScale[g])
///     z = zero.empty() ? offset : zero[g]
///     m = bias.empty() ? 0 : biasSign · (half(bias[b]) · (subBias.empty() ? 1 : subBias[g]))
///
/// or, where there is a codebook, for
///
///     value = s · levels[q] + m
///
/// or, where a code stands for `dimension` neighbouring columns, for as many values
///
///     value[j] = s · levels[q · dimension + j] + m
///
/// evaluated in float, in this order, without fused multiply-add (an empty bias is the addend −0,
/// which changes no float, not even −0). Every affine or codebook scheme we know is
/// one filling of this struct, so engines and methods need to know nothing else. A codebook may be
/// the scheme's, or of one slot (GridScheme::takeParameters).
struct Grid {
    int64_t rows = 0;
    int64_t columns = 0;
    int bits = 0;      ///< of a code, 16 at most
    int dimension = 1; ///< columns that share a code; columns and groupSize are multiples of it
    int64_t groupSize = 0;
    int64_t groupsPerBlock = 1;
    int offset = 0;  ///< zero point of every group when `zero` is empty
    int minCode = 0; ///< codes are clamped to [minCode, maxCode] when rounding
    int maxCode = 0;
    float biasSign = 1.0F;
    std::vector<uint16_t> scale;  ///< [rows × blocks] IEEE half bits
    std::vector<uint16_t> bias;   ///< [rows × blocks] IEEE half bits, or empty
    std::vector<int8_t> subScale; ///< [rows × groups], or empty
    std::vector<int8_t> subBias;  ///< [rows × groups], or empty
    std::vector<Code> zero;       ///< [rows × groups], or empty
    /// A codebook for the codes from 0 to maxCode, [codes × dimension]; empty: codes are whole
    /// numbers, and the dimension is 1. Ascending where the dimension is 1. With it there are no
    /// zero points.
    std::vector<float> levels;

    int64_t codesPerRow() const { return columns / dimension; }
    int64_t groups() const { return (columns + groupSize - 1) / groupSize; }
    int64_t blocks() const { return (groups() + groupsPerBlock - 1) / groupsPerBlock; }
};

/// The three numbers of one group that decode it, with the grid's codebook where it has one.
struct GroupParameters {
    float scale = 0;
    int zero = 0;
    float bias = 0;
};

GroupParameters groupParameters(const Grid& grid, int64_t row, int64_t group);

/// What a code of a group stands for, where the dimension is 1.
inline float decodedCode(const GroupParameters& group, const Grid& grid, int code)
{
    const float level = grid.levels.empty() ? static_cast<float>(code - group.zero)
                                            : grid.levels[static_cast<size_t>(code)];
    return group.scale * level + group.bias;
}
/// The same for many codes of one group; `out` holds at least `dimension` values for each of
/// `codes`.
void decodeCodes(const GroupParameters& group, const Grid& grid, std::span<const Code> codes,
                 std::span<float> out);

/// Nearest code of `value` on a stored grid of dimension 1, clamped to its code range; a zero scale
/// gives the code that is nearest to zero. Ties go to the even number, with a codebook to the lower
/// level (LevelRounder, LevelSearch).
Code nearestCode(const GroupParameters& group, const Grid& grid, float value);
/// Nearest codes of many values of one group, by Euclidean distance where several share a code;
/// `codes` holds at least one for each `dimension` of `values`.
void nearestCodes(const GroupParameters& group, const Grid& grid, std::span<const float> values,
                  std::span<Code> codes);

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>

namespace bitloom {

/// Columns that share a code, at most: 1, 2, 4 or so many.
inline constexpr int kMostDimension = 8;

/// Finds the nearest level of a codebook of any size, each level `dimension` numbers. Of levels as
/// near as each other, and for NaN, the first; so that of single numbers, which ascend, the same as
/// LevelRounder, which is faster for few of them. Looks at the levels where they lie.
class LevelSearch {
public:
    /// Error: no levels, or a dimension that is not 1, 2, 4 or kMostDimension.
    LevelSearch(std::span<const float> levels, int dimension);
    /// Of `dimension` numbers.
    size_t code(const float* numbers) const;
    const float* level(const float* numbers) const
    {
        return m_levels.data() + code(numbers) * m_dimension;
    }

private:
    size_t among(float number) const;

    std::span<const float> m_levels;
    size_t m_dimension;
};

} // namespace bitloom

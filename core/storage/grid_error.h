// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <span>

namespace bitloom {

/// The levels that a scale multiplies: whole numbers counted from the zero point, [lowest,
/// highest], or a codebook (Grid::levels).
struct CodeRange {
    int lowest = 0;
    int highest = 0;
    std::span<const float> levels = {}; ///< empty: whole numbers
    int dimension = 1;                  ///< numbers to a level

    float bottom() const
    {
        return levels.empty() ? static_cast<float>(lowest) : std::ranges::min(levels);
    }
    float top() const
    {
        return levels.empty() ? static_cast<float>(highest) : std::ranges::max(levels);
    }
    /// Levels of a weight: of those that share a code, the root of as many as there are of all.
    int count() const;
};

/// A grid without its bounds: value = scale · q + bias, q one of the levels.
struct Line {
    float scale = 0;
    float bias = 0;
};

/// Σ (value − nearest grid value)². A group holds whole levels.
double squaredError(std::span<const float> group, Line line, const CodeRange& codes);

/// The moments that least squares needs, over the nearest levels q of a line.
struct CodeMoments {
    double q = 0;  ///< Σ q
    double qq = 0; ///< Σ q²
    double xq = 0; ///< Σ x·q
    double x = 0;  ///< Σ x
    double count = 0;
};
CodeMoments codeMoments(std::span<const float> group, Line line, const CodeRange& codes);

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <utility>

namespace bitloom {

/// Codes counted from the zero point: [lowest, highest].
struct CodeRange {
    int lowest = 0;
    int highest = 0;
};

/// A grid without its bounds: value = scale · q + bias.
struct Line {
    float scale = 0;
    float bias = 0;
};

/// Whether fitted parameters are rounded to half precision at once (they are stored so) or later
/// (they become multiples of a super-scale).
enum class Precision { Half, Float };

/// `value` as a finite half: too large becomes ±65504 (kLargestHalf), by which requireEncodable
/// sees that a scheme cannot hold the weights.
uint16_t storedHalf(float value);
inline constexpr uint16_t kLargestHalf = 0x7BFF;
/// The same of a scale: too small becomes the smallest half rather than 0, so that codes still tell
/// weights apart.
uint16_t storedScale(float scale);

/// Σ (value − nearest grid value)².
double squaredError(std::span<const float> group, Line line, CodeRange codes);

/// The moments that least squares needs, over the nearest codes q of a line.
struct CodeMoments {
    double q = 0;  ///< Σ q
    double qq = 0; ///< Σ q²
    double xq = 0; ///< Σ x·q
    double x = 0;  ///< Σ x
    double count = 0;
};
CodeMoments codeMoments(std::span<const float> group, Line line, CodeRange codes);

/// Ranges tried per group, the extremes first.
inline constexpr int kRangeCandidates = 25;
/// Factor from one candidate range to the next: few bits clip far, many hardly.
float shrinkStep(CodeRange codes);

/// Value with the largest magnitude, sign kept.
float signedExtreme(std::span<const float> values);
/// Smallest and largest value, 0 included.
std::pair<float, float> extremes(std::span<const float> values);

/// The bias-free scale with the least squared error, searched from `start` (the scale of the
/// extremes) inwards; with `eitherSign` the mirrored grid is tried too. Never worse than `start`.
float searchScale(std::span<const float> group, CodeRange codes, float start, bool eitherSign,
                  Precision precision);

/// The line over codes 0…highest with the least squared error; `nonPositiveBias` keeps bias ≤ 0.
/// `start` is the line of the extremes; never worse than that, nor than one constant for all, 0
/// among them.
Line searchLine(std::span<const float> group, int highest, Line start, bool nonPositiveBias,
                Precision precision);

} // namespace bitloom

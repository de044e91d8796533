// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/storage/grid_error.h"

#include <cstdint>
#include <span>
#include <utility>

namespace bitloom {

/// Whether fitted parameters are rounded to half precision at once (they are stored so) or later
/// (they become multiples of a super-scale).
enum class Precision { Half, Float };

/// `value` as a finite half: too large becomes ±65504 (kLargestHalf), by which requireEncodable
/// sees that a scheme cannot hold the weights.
uint16_t storedHalf(float value);
inline constexpr uint16_t kLargestHalf = 0x7BFF;
/// A scale as a finite half: too small becomes the smallest half rather than 0, so that codes still
/// tell weights apart.
uint16_t storedScale(float scale);

/// Ranges tried per group, the extremes first.
inline constexpr int kRangeCandidates = 25;
/// Factor from one candidate range to the next: few bits clip far, many hardly.
float shrinkStep(const CodeRange& codes);

/// Value with the largest magnitude, sign kept.
float signedExtreme(std::span<const float> values);
/// Smallest and largest value, 0 included.
std::pair<float, float> extremes(std::span<const float> values);

/// The bias-free scale with the least squared error, searched from `start` (the scale of the
/// extremes) inwards; with `eitherSign` the mirrored grid is tried too. Never worse than `start`.
float searchScale(std::span<const float> group, const CodeRange& codes, float start,
                  bool eitherSign, Precision precision);

/// The line over codes 0…highest with the least squared error; `nonPositiveBias` keeps bias ≤ 0.
/// `start` is the line of the extremes; never worse than that, nor than one constant for all, 0
/// among them.
Line searchLine(std::span<const float> group, int highest, Line start, bool nonPositiveBias,
                Precision precision);

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/tensor.h"

#include <span>
#include <vector>

namespace bitloom {

/// u · v / (‖u‖ ‖v‖), within −1…1; 1 when both are zero, 0 when one is.
double cosineOf(std::span<const float> a, std::span<const float> b);

/// Logarithms of the shares that softmax gives.
std::vector<double> logShares(std::span<const float> logits);

/// A row and how alike it is.
struct Neighbour {
    int64_t row = 0;
    double cosine = 0;
};
/// The rows most like `point`, best first; equal ones in their order.
std::vector<Neighbour> nearestRows(MatrixView rows, std::span<const float> point, size_t most);

} // namespace bitloom

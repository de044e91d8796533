// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private: includes torch. Only the files in BITLOOM_TORCH_FILES may include this.

#include "core/analyze/passes/slot_uses.h"
#include "core/network/model/model.h"

#include <vector>

namespace bitloom {

/// Sums over windows of squared gradients of one slot, by row and by column, and along its weights.
struct SquareSums {
    std::vector<double> rows;
    std::vector<double> columns;
    double along = 0; ///< Σ ⟨gradient, weights⟩²

    /// The gradient that uses add up to.
    void add(const Model& model, int slot, const std::vector<UseGradient>& uses);
    void merge(const SquareSums& other);

private:
    void addSquares(const torch::Tensor& gradient, int64_t firstRow);
};

} // namespace bitloom

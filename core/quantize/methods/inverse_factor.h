// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/tensor.h"

#include <cstdint>
#include <vector>

namespace bitloom {

/// The order in which a method goes through the columns of a weight.
enum class ColumnOrder {
    LeftToRight,
    LargestFirst, ///< by the mean square of their inputs ("act-order")
};

/// Upper triangular R with H⁻¹ = RᵀR, where H is a second moment whose diagonal was damped
/// (Frantar et al. 2023, §3.3). Its rows say how the error of one column is made good in those
/// behind it.
struct InverseFactor {
    int64_t width = 0;
    std::vector<double> values; ///< [width, width], zero below the diagonal
    std::vector<int32_t> order; ///< column at each position; empty: left to right
    double damping = 0;         ///< added to every element of the diagonal

    const double* row(int64_t position) const { return values.data() + position * width; }
    int64_t column(int64_t position) const
    {
        return order.empty() ? position : order[static_cast<size_t>(position)];
    }
};

/// Share of the mean of the diagonal that is added to it.
inline constexpr double kDamping = 0.01;
inline constexpr const char* kDampingName = "damping"; ///< as a parameter of methods

/// From E[x xᵀ], [width, width]. Inputs that are always zero count as independent of all others.
/// Damping grows tenfold, five times at most, while the factors do not exist; then an Error.
/// `damping`: the share to begin with.
InverseFactor inverseFactor(MatrixView secondMoment, ColumnOrder order, double damping = kDamping);

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/numerics/symmetric_operator.h"

#include <cstdint>

namespace bitloom {

struct Eigenpair {
    double value = 0; ///< with its sign
    Vector vector;    ///< of length 1; empty: stopped before there was one
    int64_t products = 0;
    bool converged = false;
};

struct EigenvalueSettings {
    int64_t atMost = 100; ///< products
    double relativeError = 1e-3;
    uint64_t seed = 1;
    /// Where Lanczos' basis grows larger, it begins again from the best vector found.
    int64_t basisBytes = int64_t{1} << 30;
};

/// The pair of largest λ (algebraically), by Lanczos, until the residual ‖Av − λv‖, which bounds
/// the error, is below relativeError · |λ|.
Eigenpair largestEigenvalue(const SymmetricOperator& matrix, const EigenvalueSettings& settings,
                            Progress& progress);

/// Standard deviation of some numbers, not of their mean; 0 for none.
double deviation(const Vector& values);
/// Q-BERT's sensitivity (Shen et al. 2020): |mean| + standard deviation of the top eigenvalues
/// found on subsets of the data.
double meanPlusDeviation(const Vector& eigenvalues);

} // namespace bitloom

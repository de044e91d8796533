// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/numerics/symmetric_operator.h"

namespace bitloom {

/// What a symmetric tridiagonal matrix is made of.
struct Tridiagonal {
    Vector diagonal;    ///< n numbers
    Vector offDiagonal; ///< n − 1 numbers beside it
};

struct Eigensystem {
    Vector values;               ///< ascending
    std::vector<Vector> vectors; ///< of length 1, one for each value
};

/// All eigenvalues and eigenvectors (LAPACK, through torch).
Eigensystem eigensystem(const Tridiagonal& matrix);

} // namespace bitloom

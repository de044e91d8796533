// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/symmetric_operator.h"
#include "core/analyze/tridiagonal.h"

#include <cstdint>

namespace bitloom {

/// Lanczos 1950 with full re-orthogonalisation: an orthonormal basis Q of the Krylov space of
/// `start` in which the matrix is tridiagonal, T = QᵀAQ. Where the space ends early (β = 0) it goes
/// on with a random direction orthogonal to all so far, so that `dimension` steps give the whole
/// spectrum. Holds every basis vector: 8 · steps · dimension bytes.
class Lanczos {
public:
    Lanczos(const SymmetricOperator& matrix, Vector start, uint64_t seed);
    /// One product. False, and nothing changed: stopped, or the basis is complete.
    bool step(Progress& progress);

    int64_t steps() const { return static_cast<int64_t>(m_t.diagonal.size()); }
    const Tridiagonal& tridiagonal() const { return m_t; }
    /// ‖A·Qs − θ·Qs‖ of an eigenpair (θ, s) of T is this times |last coordinate of s|.
    double remainder() const { return m_beta; }
    /// Qs.
    Vector inFullSpace(const Vector& coordinates) const;

private:
    void setNext(Vector next);

    const SymmetricOperator& m_matrix;
    uint64_t m_seed;
    std::vector<Vector> m_basis;
    Tridiagonal m_t;
    Vector m_next;      ///< the next basis vector; empty: there is none
    double m_beta = 0;  ///< what couples it to the last one
    double m_scale = 0; ///< largest number of T, which decides what is zero
};

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/numerics/symmetric_operator.h"
#include "core/analyze/numerics/tridiagonal.h"

#include <cstdint>
#include <limits>

namespace bitloom {

/// Lanczos 1950: an orthonormal basis Q of the Krylov space of `start` in which the matrix is
/// tridiagonal, T = QᵀAQ. Where the space ends early (β = 0) it goes on with a random direction
/// orthogonal to all so far, so that `dimension` steps give the whole spectrum.
///
/// Every new vector is made orthogonal to the last `held` ones. Where those are not all, rounding
/// lets the basis lose its orthogonality once an eigenvalue has converged, and T finds it again:
/// copies ("ghosts") within rounding of it that share its weight, so that sums over T's quadrature
/// stay right (Greenbaum 1989; Knizhnerman 1996; Chen, Trogdon and Ubaru 2021), but neither is a
/// copy an eigenvalue of its own nor inFullSpace() to be had. Holds 8 · dimension bytes for each
/// vector: those held, and one beside them.
class Lanczos {
public:
    static constexpr int64_t kAll = std::numeric_limits<int64_t>::max();
    static constexpr int64_t kFewest = 2; ///< of the three-term recurrence

    /// All that the next steps depend on.
    struct State {
        Tridiagonal t;
        std::vector<Vector> basis; ///< the last vectors, as far as they are needed
        Vector next;               ///< the next basis vector; empty: there is none
        double beta = 0;           ///< what couples it to the last one
        double scale = 0;          ///< largest number of T, which decides what is zero

        int64_t steps() const { return static_cast<int64_t>(t.diagonal.size()); }
    };

    /// `held`: kFewest or more.
    Lanczos(const SymmetricOperator& matrix, Vector start, uint64_t seed, int64_t held = kAll);
    /// Goes on from a state, with the same bits.
    Lanczos(const SymmetricOperator& matrix, State state, uint64_t seed, int64_t held = kAll);
    /// One product. False, and nothing changed: stopped, or the basis is complete.
    bool step(Progress& progress);

    const State& state() const { return m_state; }
    int64_t steps() const { return m_state.steps(); }
    const Tridiagonal& tridiagonal() const { return m_state.t; }
    /// ‖A·Qs − θ·Qs‖ of an eigenpair (θ, s) of T is this times |last coordinate of s|.
    double remainder() const { return m_state.beta; }
    /// Qs, where all of Q is held.
    Vector inFullSpace(const Vector& coordinates) const;

private:
    void setNext(Vector next);

    const SymmetricOperator& m_matrix;
    uint64_t m_seed;
    size_t m_held;
    State m_state;
};

} // namespace bitloom

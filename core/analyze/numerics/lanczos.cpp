// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/numerics/lanczos.h"

#include "core/analyze/numerics/finite_figures.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace bitloom {

Lanczos::Lanczos(const SymmetricOperator& matrix, Vector start, uint64_t seed, int64_t held)
    : Lanczos(matrix, State{{}, {}, std::move(start)}, seed, held)
{
    scale(m_state.next, 1 / norm(m_state.next));
}

Lanczos::Lanczos(const SymmetricOperator& matrix, State state, uint64_t seed, int64_t held)
    : m_matrix(matrix)
    , m_seed(seed)
    , m_held(static_cast<size_t>(held))
    , m_state(std::move(state))
{
}

bool Lanczos::step(Progress& progress)
{
    State& s = m_state;
    if (s.next.empty())
        return false;
    Vector product = m_matrix.product(s.next, progress);
    if (product.empty())
        return false;
    if (s.steps() > 0)
        s.t.offDiagonal.push_back(s.beta);
    s.t.diagonal.push_back(dot(s.next, product));
    requireFinite("a product with the Hessian", s.t.diagonal.back(), "curvature");
    s.scale = std::max({s.scale, s.beta, std::abs(s.t.diagonal.back())});
    s.basis.push_back(std::move(s.next));
    setNext(std::move(product));
    if (s.basis.size() >= m_held) // the next vector takes its place
        s.basis.erase(s.basis.begin());
    return true;
}

void Lanczos::setNext(Vector next)
{
    constexpr double kZero = 1e-13; // of the largest number: nothing but rounding is left
    State& s = m_state;
    const auto made = static_cast<size_t>(s.steps());
    s.next.clear();
    s.beta = 0;
    if (made == m_matrix.dimension())
        return;
    orthogonalise(next, s.basis);
    const double length = norm(next);
    if (length > kZero * s.scale) {
        s.beta = length;
    } else {
        next = randomDirection(next.size(), m_seed, made);
        orthogonalise(next, s.basis);
    }
    scale(next, 1 / norm(next));
    s.next = std::move(next);
}

Vector Lanczos::inFullSpace(const Vector& coordinates) const
{
    Vector result(m_matrix.dimension());
    for (size_t i = 0; i < m_state.basis.size(); ++i)
        addScaled(result, coordinates[i], m_state.basis[i]);
    return result;
}

} // namespace bitloom

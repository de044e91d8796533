// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/lanczos.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace bitloom {

Lanczos::Lanczos(const SymmetricOperator& matrix, Vector start, uint64_t seed)
    : m_matrix(matrix)
    , m_seed(seed)
    , m_next(std::move(start))
{
    scale(m_next, 1 / norm(m_next));
}

bool Lanczos::step(Progress& progress)
{
    if (m_next.empty())
        return false;
    Vector product = m_matrix.product(m_next, progress);
    if (product.empty())
        return false;
    if (!m_basis.empty())
        m_t.offDiagonal.push_back(m_beta);
    m_t.diagonal.push_back(dot(m_next, product));
    m_scale = std::max({m_scale, m_beta, std::abs(m_t.diagonal.back())});
    m_basis.push_back(std::move(m_next));
    setNext(std::move(product));
    return true;
}

void Lanczos::setNext(Vector next)
{
    constexpr double kZero = 1e-13; // of the largest number: nothing but rounding is left
    m_next.clear();
    m_beta = 0;
    if (m_basis.size() == m_matrix.dimension())
        return;
    orthogonalise(next, m_basis);
    const double length = norm(next);
    if (length > kZero * m_scale) {
        m_beta = length;
    } else {
        next = randomDirection(next.size(), m_seed, m_basis.size());
        orthogonalise(next, m_basis);
    }
    scale(next, 1 / norm(next));
    m_next = std::move(next);
}

Vector Lanczos::inFullSpace(const Vector& coordinates) const
{
    Vector result(m_matrix.dimension());
    for (size_t i = 0; i < m_basis.size(); ++i)
        addScaled(result, coordinates[i], m_basis[i]);
    return result;
}

} // namespace bitloom

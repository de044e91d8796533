// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <vector>

namespace bitloom {

/// The Cholesky factor L of a positive definite matrix L Lᵀ that grows by a row at a time, each at
/// the cost of one solve. What Gaussian processes are conditioned with.
class CholeskyFactor {
public:
    size_t size() const { return m_rows.size(); }
    /// The new one's covariances with all before it, in order, and, last, with itself.
    void append(std::vector<double> row);
    /// L⁻¹ x in place, of at most as many numbers as there are rows.
    void solveLower(std::vector<double>& x) const;
    /// (L Lᵀ)⁻¹ right.
    std::vector<double> solve(std::vector<double> right) const;

private:
    std::vector<std::vector<double>> m_rows; ///< of L, up to its diagonal
};

} // namespace bitloom

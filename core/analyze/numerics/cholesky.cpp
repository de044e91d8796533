// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/numerics/cholesky.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace bitloom {

void CholeskyFactor::append(std::vector<double> row)
{
    const double own = row.back();
    row.pop_back();
    solveLower(row);
    const double known = std::inner_product(row.begin(), row.end(), row.begin(), 0.0);
    // Rounding may leave a repeated measurement nothing of its own.
    row.push_back(std::sqrt(std::max(own - known, own * 1e-12)));
    m_rows.push_back(std::move(row));
}

void CholeskyFactor::solveLower(std::vector<double>& x) const
{
    for (size_t row = 0; row < x.size(); ++row) {
        const std::vector<double>& factors = m_rows[row];
        const auto before = x.begin() + static_cast<std::ptrdiff_t>(row);
        x[row] =
            (x[row] - std::inner_product(x.begin(), before, factors.begin(), 0.0)) / factors[row];
    }
}

std::vector<double> CholeskyFactor::solve(std::vector<double> right) const
{
    solveLower(right);
    for (size_t row = right.size(); row-- > 0;) {
        right[row] /= m_rows[row][row];
        for (size_t before = 0; before < row; ++before)
            right[before] -= m_rows[row][before] * right[row];
    }
    return right;
}

} // namespace bitloom

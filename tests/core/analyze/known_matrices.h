// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/numerics/symmetric_operator.h"
#include "core/base/random.h"

#include <vector>

namespace bitloom {

/// A symmetric matrix, row by row.
struct Known {
    size_t dimension = 0;
    Vector numbers;

    double at(size_t row, size_t column) const { return numbers[row * dimension + column]; }
    double traceOf(size_t from, size_t to) const
    {
        double sum = 0;
        for (size_t i = from; i < to; ++i)
            sum += at(i, i);
        return sum;
    }
    double offDiagonalSquares() const
    {
        double sum = dot(numbers, numbers);
        for (size_t i = 0; i < dimension; ++i)
            sum -= at(i, i) * at(i, i);
        return sum;
    }
    SymmetricOperator asOperator(std::vector<size_t> slices = {}) const
    {
        if (slices.empty())
            slices = {dimension};
        return {slices, [this](const Vector& v, Progress& progress) {
                    Vector result;
                    for (size_t row = 0; row < dimension && !progress.stopRequested(); ++row)
                        result.push_back(dot({numbers.begin() + long(row * dimension),
                                              numbers.begin() + long((row + 1) * dimension)},
                                             v));
                    return result.size() == dimension ? result : Vector();
                }};
    }
};

inline Known diagonal(const Vector& values)
{
    Known known{values.size(), Vector(values.size() * values.size())};
    for (size_t i = 0; i < values.size(); ++i)
        known.numbers[i * values.size() + i] = values[i];
    return known;
}

/// These eigenvalues in a random basis.
inline Known turned(const Vector& values, uint64_t seed)
{
    std::vector<Vector> basis;
    for (size_t i = 0; i < values.size(); ++i) {
        Vector direction = randomDirection(values.size(), seed, i);
        orthogonalise(direction, basis);
        scale(direction, 1 / norm(direction));
        basis.push_back(direction);
    }
    Known known{values.size(), Vector(values.size() * values.size())};
    for (size_t i = 0; i < values.size(); ++i)
        for (size_t row = 0; row < values.size(); ++row)
            for (size_t column = 0; column < values.size(); ++column)
                known.numbers[row * values.size() + column] +=
                    values[i] * basis[i][row] * basis[i][column];
    return known;
}

/// 40 eigenvalues, the outermost well apart: −6, …, 4.
inline Vector spread()
{
    Vector values{-6, 4, 3.5};
    for (uint64_t i = 0; i < 37; ++i)
        values.push_back(2 * randomUniform(9, i) - 1);
    return values;
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/random.h"
#include "core/base/tensor.h"

#include <cmath>
#include <numbers>

namespace bitloom {

inline double gaussian(uint64_t seed, uint64_t index)
{
    const double radius = std::sqrt(-2 * std::log(1 - randomUniform(seed, 2 * index)));
    return radius * std::cos(2 * std::numbers::pi * randomUniform(seed, 2 * index + 1));
}

inline Matrix gaussianMatrix(int64_t rows, int64_t columns, uint64_t seed)
{
    Matrix weights(rows, columns);
    for (size_t i = 0; i < weights.values.size(); ++i)
        weights.values[i] = static_cast<float>(0.02 * gaussian(seed, i));
    return weights;
}

/// Gaussian numbers cubed: a few weights are far larger than the rest.
inline Matrix heavyMatrix(int64_t rows, int64_t columns, uint64_t seed)
{
    Matrix weights = gaussianMatrix(rows, columns, seed);
    for (float& value : weights.values)
        value = value * value * value * 2500;
    return weights;
}

/// Σ (a − b)² in double.
inline double squaredDistance(const Matrix& a, const Matrix& b)
{
    double sum = 0;
    for (size_t i = 0; i < a.values.size(); ++i) {
        const double difference = static_cast<double>(a.values[i]) - b.values[i];
        sum += difference * difference;
    }
    return sum;
}

} // namespace bitloom

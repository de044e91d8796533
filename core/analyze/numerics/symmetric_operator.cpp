// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/numerics/symmetric_operator.h"

#include "core/base/random.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace bitloom {

namespace {

/// Counters of one random vector; no network has so many weights.
constexpr uint64_t kMostCoordinates = uint64_t{1} << 44;

} // namespace

double dot(const Vector& a, const Vector& b, size_t from, size_t to)
{
    constexpr size_t kSums = 8; // partial sums, so that the compiler may use wide registers
    std::array<double, kSums> sums{};
    size_t i = from;
    for (; i + kSums <= to; i += kSums)
        for (size_t k = 0; k < kSums; ++k)
            sums[k] += a[i + k] * b[i + k];
    for (; i < to; ++i)
        sums[0] += a[i] * b[i];
    return std::accumulate(sums.begin(), sums.end(), 0.0);
}

double dot(const Vector& a, const Vector& b)
{
    return dot(a, b, 0, a.size());
}

double norm(const Vector& v)
{
    return std::sqrt(dot(v, v));
}

void addScaled(Vector& v, double factor, const Vector& direction)
{
    for (size_t i = 0; i < v.size(); ++i)
        v[i] += factor * direction[i];
}

void scale(Vector& v, double factor)
{
    for (double& value : v)
        value *= factor;
}

void orthogonalise(Vector& v, const std::vector<Vector>& basis)
{
    for (int pass = 0; pass < 2; ++pass)
        for (const Vector& direction : basis)
            addScaled(v, -dot(v, direction), direction);
}

double randomSign(size_t coordinate, uint64_t seed, uint64_t number)
{
    constexpr size_t kBits = 64;
    const uint64_t bits = randomBits(seed, number * kMostCoordinates + coordinate / kBits);
    return ((bits >> coordinate % kBits) & 1U) != 0 ? 1 : -1;
}

Vector randomSigns(size_t dimension, uint64_t seed, uint64_t number)
{
    Vector signs(dimension);
    for (size_t i = 0; i < dimension; ++i)
        signs[i] = randomSign(i, seed, number);
    return signs;
}

Vector randomDirection(size_t dimension, uint64_t seed, uint64_t number)
{
    Vector direction(dimension);
    for (size_t i = 0; i < dimension; ++i)
        direction[i] = randomNormal(seed, number * kMostCoordinates + i);
    scale(direction, 1 / norm(direction));
    return direction;
}

Vector signForms(const SymmetricOperator& matrix, uint64_t seed, uint64_t number,
                 Progress& progress)
{
    if (matrix.forms)
        return matrix.forms(seed, number, progress);
    const Vector signs = randomSigns(matrix.dimension(), seed, number);
    const Vector product = matrix.product(signs, progress);
    Vector forms;
    size_t from = 0;
    for (size_t slice = 0; slice < matrix.slices.size() && !product.empty(); ++slice) {
        forms.push_back(dot(signs, product, from, from + matrix.slices[slice]));
        from += matrix.slices[slice];
    }
    return forms;
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/progress.h"
#include "core/files/io/file_allocator.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <vector>

namespace bitloom {

/// May be as long as a network has weights: large ones take no memory that cannot be pushed out.
using Vector = std::vector<double, FileAllocator<double>>;

/// A symmetric matrix known only by its products, such as a Hessian. Its coordinates are stacked
/// slices (the slots of a network).
struct SymmetricOperator {
    std::vector<size_t> slices; ///< coordinates of each slice
    /// A·v; empty when the progress asked to stop before it was complete.
    std::function<Vector(const Vector& v, Progress& progress)> product;
    /// As signForms(), where there is a way that holds less or remembers; null: by the product.
    std::function<Vector(uint64_t seed, uint64_t number, Progress& progress)> forms = {};

    size_t dimension() const { return std::accumulate(slices.begin(), slices.end(), size_t{0}); }
};

/// Σ a_i b_i; slices of a vector are stretches [from, to).
double dot(const Vector& a, const Vector& b, size_t from, size_t to);
double dot(const Vector& a, const Vector& b);
double norm(const Vector& v);
/// v += factor · direction.
void addScaled(Vector& v, double factor, const Vector& direction);
void scale(Vector& v, double factor);
/// Takes all of `basis` (orthonormal) out of v, twice, so that rounding leaves nothing of it.
void orthogonalise(Vector& v, const std::vector<Vector>& basis);

/// ±1 (Rademacher); a pure function of all three.
double randomSign(size_t coordinate, uint64_t seed, uint64_t number);
/// The signs of coordinates from 0 on.
Vector randomSigns(size_t dimension, uint64_t seed, uint64_t number);
/// A vector of length 1, uniform over directions; a pure function of all three.
Vector randomDirection(size_t dimension, uint64_t seed, uint64_t number);

/// v_lᵀ(Av)_l of every slice, v the random signs of seed and number; empty: stopped.
Vector signForms(const SymmetricOperator& matrix, uint64_t seed, uint64_t number,
                 Progress& progress);

} // namespace bitloom

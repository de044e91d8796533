// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

namespace bitloom {

/// Outermost dimension first, as PyTorch prints it.
using Shape = std::vector<int64_t>;

inline int64_t elementCount(const Shape& shape)
{
    return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

/// A row-major matrix somebody else owns.
struct MatrixView {
    const float* data = nullptr;
    int64_t rows = 0;
    int64_t columns = 0;

    std::span<const float> row(int64_t r) const
    {
        return {data + r * columns, static_cast<size_t>(columns)};
    }
    int64_t size() const { return rows * columns; }
};

/// A row-major matrix of floats that owns its values.
struct Matrix {
    int64_t rows = 0;
    int64_t columns = 0;
    std::vector<float> values;

    Matrix() = default;
    Matrix(int64_t rowCount, int64_t columnCount)
        : rows(rowCount)
        , columns(columnCount)
        , values(static_cast<size_t>(rowCount * columnCount))
    {
    }
    std::span<float> row(int64_t r)
    {
        return {values.data() + r * columns, static_cast<size_t>(columns)};
    }
    std::span<const float> row(int64_t r) const { return view().row(r); }
    MatrixView view() const { return {values.data(), rows, columns}; }
    int64_t size() const { return rows * columns; }
};

} // namespace bitloom

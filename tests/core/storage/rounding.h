// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/storage/grid_scheme.h"
#include "core/storage/packed_tensor.h"

#include <algorithm>

namespace bitloom {

/// Every scheme that keeps codes on a grid.
inline std::vector<const GridScheme*> gridSchemes()
{
    std::vector<const GridScheme*> found;
    for (const Scheme* scheme : schemes())
        if (scheme->grid())
            found.push_back(scheme->grid());
    return found;
}

inline const GridScheme& gridNamed(std::string_view id)
{
    return *schemeNamed(id).grid();
}

/// The rows of a matrix as a slot, so many read at once.
inline SlotRows rowsOf(const Matrix& weights, int64_t atOnce)
{
    return {weights.rows, weights.columns,
            [&weights](int64_t first, int64_t count) {
                Matrix rows(count, weights.columns);
                std::copy_n(weights.row(first).data(), rows.size(), rows.values.data());
                return rows;
            },
            atOnce};
}

/// Fit, round and pack in the plainest way: the steps of a scheme put together once more.
inline PackedTensor roundOnGrid(const GridScheme& scheme, const Matrix& weights, RangeSearch search)
{
    const std::vector<std::byte> parameters =
        scheme.fitParameters(rowsOf(weights, weights.rows), search);
    std::span<std::byte> rows;
    PackedTensor packed =
        PackedTensor::allocate(scheme, weights.rows, weights.columns, parameters, rows);
    Grid grid = scheme.gridOf(parameters, weights.rows, weights.columns);
    std::vector<Code> codes(static_cast<size_t>(weights.rows * grid.codesPerRow()));
    for (int64_t row = 0; row < weights.rows; ++row) {
        const auto part = [&](int64_t first, int64_t size) {
            return weights.row(row).subspan(
                static_cast<size_t>(first),
                static_cast<size_t>(std::min(size, weights.columns - first)));
        };
        const int64_t blockColumns = scheme.blockColumns(weights.columns);
        for (int64_t first = 0; first < weights.columns; first += blockColumns)
            scheme.fitBlock(part(first, blockColumns), search, grid, row, first);
        for (int64_t first = 0; first < weights.columns; first += grid.groupSize)
            nearestCodes(groupParameters(grid, row, first / grid.groupSize), grid,
                         part(first, grid.groupSize),
                         std::span(codes).subspan(static_cast<size_t>(row * grid.codesPerRow() +
                                                                      first / grid.dimension)));
    }
    scheme.pack(grid, codes, rows);
    return packed;
}

} // namespace bitloom

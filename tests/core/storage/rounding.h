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

/// Fit, round and pack in the plainest way: the steps of a scheme put together once more.
inline PackedTensor roundOnGrid(const GridScheme& scheme, const Matrix& weights, RangeSearch search)
{
    std::span<std::byte> bytes;
    PackedTensor packed = PackedTensor::allocate(scheme, weights.rows, weights.columns, bytes);
    Grid grid = scheme.makeGrid(weights.rows, weights.columns);
    std::vector<uint8_t> codes;
    for (int64_t row = 0; row < weights.rows; ++row) {
        const int64_t granule = scheme.granule(weights.columns);
        for (int64_t first = 0; first < weights.columns; first += granule) {
            const auto count = std::min(granule, weights.columns - first);
            scheme.fitGranule(
                weights.row(row).subspan(static_cast<size_t>(first), static_cast<size_t>(count)),
                search, grid, row, first);
        }
        for (int64_t column = 0; column < weights.columns; ++column)
            codes.push_back(nearestCode(groupParameters(grid, row, column / grid.groupSize), grid,
                                        weights.row(row)[static_cast<size_t>(column)]));
    }
    scheme.pack(grid, codes, bytes);
    return packed;
}

} // namespace bitloom

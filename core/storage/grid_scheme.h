// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/storage/scheme.h"

namespace bitloom {

/// How the range of a group is chosen when its grid is fitted.
enum class RangeSearch {
    Extremes, ///< the largest magnitude (symmetric) or min and max (asymmetric) stay representable
    SquaredError ///< the candidate range with the least squared error (allocation: MSE search)
};

/// A scheme that keeps codes on a `Grid`: the steps from which every method is composed. Rows are
/// independent; nothing spans rows.
class GridScheme : public Scheme {
public:
    const GridScheme* grid() const override { return this; }

    /// Columns whose grid is fitted together (32, 256, or the row).
    int64_t granule(int64_t columns) const
    {
        const int64_t group = traits().groupSize;
        return group == 0 ? columns : group;
    }
    /// A grid of the right form with all parameters zero.
    virtual Grid makeGrid(int64_t rows, int64_t columns) const = 0;
    /// Fits the parameters of one granule of one row, already rounded to what is stored.
    /// `values` are the granule's weights (short at the end of a row). `firstColumn` is a multiple
    /// of granule().
    virtual void fitGranule(std::span<const float> values, RangeSearch search, Grid& grid,
                            int64_t row, int64_t firstColumn) const = 0;
    /// Writes rows × rowBytes(columns) bytes. `codes` is rows × columns.
    virtual void pack(const Grid& grid, std::span<const uint8_t> codes,
                      std::span<std::byte> out) const = 0;
    /// The inverse of pack.
    virtual void unpack(std::span<const std::byte> bytes, int64_t rows, int64_t columns, Grid& grid,
                        std::span<uint8_t> codes) const = 0;

    void decode(std::span<const std::byte> bytes, int64_t rows, int64_t columns,
                std::span<float> out) const override;
};

} // namespace bitloom

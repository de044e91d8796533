// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/storage/scheme.h"

#include <functional>

namespace bitloom {

/// How the range of a group is chosen when its grid is fitted.
enum class RangeSearch {
    Extremes, ///< the largest magnitude (symmetric) or min and max (asymmetric) stay representable
    SquaredError ///< the candidate range with the least squared error (allocation: MSE search)
};

/// The weights of a whole slot, ready to be encoded, some rows at a time.
struct SlotRows {
    int64_t rows = 0;
    int64_t columns = 0;
    std::function<Matrix(int64_t first, int64_t count)> read;
    int64_t atOnce = 1; ///< rows that are read at once without needing much memory
};

/// A scheme that keeps codes on a `Grid`: the steps from which every method is composed. Rows are
/// independent but for the slot's parameters, which are fitted before any row is.
class GridScheme : public Scheme {
public:
    const GridScheme* grid() const override { return this; }

    /// Columns whose grid is fitted together (32, 256, or the row).
    int64_t blockColumns(int64_t columns) const
    {
        const int64_t group = traits().groupSize;
        return group == 0 ? columns : group;
    }
    /// A grid of the right form with all parameters zero.
    virtual Grid makeGrid(int64_t rows, int64_t columns) const = 0;
    /// The parameters of a slot, already rounded to what is stored: parameterBytes(columns) bytes.
    /// Pure: depends on the weights alone, on no thread count, nor on how many rows are read at
    /// once. May go through the rows several times.
    virtual std::vector<std::byte> fitParameters(const SlotRows& /*slot*/,
                                                 RangeSearch /*search*/) const
    {
        return {};
    }
    /// Puts a slot's parameters into a grid of some of its rows: its codebook, its scale of scales.
    virtual void takeParameters(std::span<const std::byte> /*parameters*/, Grid& /*grid*/) const {}
    /// A grid of some rows of the slot whose parameters these are: what everything that encodes or
    /// decodes begins with. Error when they are not as many bytes as the scheme has.
    Grid gridOf(std::span<const std::byte> parameters, int64_t rows, int64_t columns) const;
    /// Fits the parameters of one block of one row, already rounded to what is stored. `values` are
    /// the block's weights (short at the end of a row). `firstColumn` is a multiple of
    /// blockColumns().
    virtual void fitBlock(std::span<const float> values, RangeSearch search, Grid& grid,
                          int64_t row, int64_t firstColumn) const = 0;
    /// Writes rows × rowBytes(columns) bytes. `codes` is rows × codesPerRow.
    virtual void pack(const Grid& grid, std::span<const Code> codes,
                      std::span<std::byte> out) const = 0;
    /// The inverse of pack, into a grid that has the slot's parameters.
    virtual void unpack(std::span<const std::byte> bytes, int64_t rows, int64_t columns, Grid& grid,
                        std::span<Code> codes) const = 0;

    void decode(std::span<const std::byte> parameters, std::span<const std::byte> bytes,
                int64_t rows, int64_t columns, std::span<float> out) const override;
};

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/tensor.h"
#include "core/storage/grid_scheme.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

namespace bitloom {

/// Index of the first weight that a scheme cannot hold: not finite where it rounds to a grid, too
/// large for a plain scheme (f16) or for the half-precision scales of a grid. Where those depend on
/// parameters of the slot, which are fitted to weights that can be held alone, as large as no half
/// is. −1: it holds all.
int64_t firstUnheld(const Scheme& scheme, MatrixView weights);

/// Error when there is one (firstUnheld). Names `place` (a slot, "the matrix"), row (counted from
/// `firstRow`) and column.
void requireEncodable(const Scheme& scheme, MatrixView weights, std::string_view place,
                      int64_t firstRow = 0);

/// Encodes a few rows of a grid scheme.
using RowBlockEncoder =
    std::function<void(const GridScheme& scheme, MatrixView rows, std::span<std::byte> out)>;

/// Cuts the rows into blocks for the threads (0: all cores), the same blocks for any number of
/// them; plain schemes are converted number by number instead. Error as requireEncodable.
void encodeRowBlocks(const Scheme& scheme, MatrixView weights, int threads,
                     std::span<std::byte> out, const RowBlockEncoder& encode);

/// Fits the parameters of every block of every row to its weights.
void fitGrid(const GridScheme& scheme, MatrixView weights, RangeSearch search, Grid& grid);

/// Fits a grid to every block, rounds each weight to its nearest code and packs, in blocks of rows.
/// With the parameters of the slot that the rows are of.
void encodeRows(const Scheme& scheme, MatrixView weights, RangeSearch search, int threads,
                std::span<std::byte> out, std::span<const std::byte> parameters = {});

} // namespace bitloom

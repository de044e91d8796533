// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/storage/scheme.h"
#include "core/tensor.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace bitloom {

/// Error when a weight is not finite and the scheme rounds to a grid, or is too large for a plain
/// scheme (f16). Names `place` (a slot, "the matrix"), row (counted from `firstRow`) and column.
void requireEncodable(const Scheme& scheme, MatrixView weights, std::string_view place,
                      int64_t firstRow = 0);

/// Fits a grid to every granule, rounds each weight to its nearest code and packs; plain schemes
/// convert number by number. The bytes do not depend on `threads` (0: all cores). Error as
/// requireEncodable.
void encodeRows(const Scheme& scheme, MatrixView weights, RangeSearch search, int threads,
                std::span<std::byte> out);

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/tensor.h"
#include "core/storage/grid.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bitloom {

/// How the range of a group is chosen when its grid is fitted.
enum class RangeSearch {
    Extremes, ///< the largest magnitude (symmetric) or min and max (asymmetric) stay representable
    SquaredError ///< the candidate range with the least squared error (allocation: MSE search)
};

/// How a weight matrix is stored: exact bytes, the row lengths it accepts, and the steps from which
/// every method is composed. Rows are independent; nothing spans rows. Stateless and thread safe.
///
/// Two kinds: *plain* (f32, f16, bf16: each number converted by itself; only accepts, rowBytes,
/// encodePlain and decode mean something) and *grid* schemes (codes on a `Grid`).
class Scheme {
public:
    virtual ~Scheme() = default;

    /// Stable id: `f16`, `int4-g32-sym`, `q4_k`.
    virtual std::string_view id() const = 0;
    /// A sentence for people: what is stored and at what cost.
    virtual std::string description() const = 0;
    virtual bool isPlain() const { return false; }
    /// Bits of one code (plain schemes: of one number).
    virtual int bits() const = 0;
    virtual bool accepts(int64_t columns) const = 0;
    /// Stored bytes of one row of `columns` weights; parameters and padding included.
    virtual int64_t rowBytes(int64_t columns) const = 0;

    /// Columns whose grid is fitted together (32, 256, or the row).
    virtual int64_t granule(int64_t columns) const = 0;
    /// A grid of the right form with all parameters zero.
    virtual Grid makeGrid(int64_t rows, int64_t columns) const = 0;
    /// Fits the parameters of one granule of one row, already rounded to what is stored.
    /// `values` are the granule's weights (short at the end of a row); `importance` is empty or a
    /// weight per column for the squared error. `firstColumn` is a multiple of granule().
    virtual void fitGranule(std::span<const float> values, std::span<const float> importance,
                            RangeSearch search, Grid& grid, int64_t row,
                            int64_t firstColumn) const = 0;
    /// Writes rows × rowBytes(columns) bytes. `codes` is rows × columns.
    virtual void pack(const Grid& grid, std::span<const uint8_t> codes,
                      std::span<std::byte> out) const = 0;
    /// The inverse of pack.
    virtual void unpack(std::span<const std::byte> bytes, int64_t rows, int64_t columns, Grid& grid,
                        std::span<uint8_t> codes) const = 0;

    /// The values the stored bytes stand for: the truth that exports and engines are checked
    /// against. `out` holds rows × columns floats.
    virtual void decode(std::span<const std::byte> bytes, int64_t rows, int64_t columns,
                        std::span<float> out) const;
    /// Plain schemes only: converts number by number.
    virtual void encodePlain(std::span<const float> values, std::span<std::byte> out) const;
};

/// Every scheme, in the order in which menus and --help show them. `f32` comes first.
const std::vector<const Scheme*>& schemes();
/// The scheme of that id, or nullptr.
const Scheme* findScheme(std::string_view id);
/// As findScheme, but an unknown id is an Error naming the known ones.
const Scheme& schemeNamed(std::string_view id);

} // namespace bitloom

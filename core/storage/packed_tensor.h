// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/tensor.h"
#include "core/storage/scheme.h"

#include <memory>

namespace bitloom {

struct LowRank;

/// A matrix as stored: a scheme and scheme.slotBytes(rows, columns) bytes, what its rows share and
/// then the rows, owned or borrowed from a mapped file (then `owner` keeps the mapping alive); and
/// what is added after they are decoded.
struct PackedTensor {
    const Scheme* scheme = nullptr;
    int64_t rows = 0;
    int64_t columns = 0;
    std::shared_ptr<const void> owner;
    std::span<const std::byte> bytes;
    std::shared_ptr<const LowRank> added = nullptr; ///< null: nothing

    /// Allocates the bytes; `writable` is where to fill them in, parameters and rows.
    static PackedTensor allocate(const Scheme& scheme, int64_t rows, int64_t columns,
                                 std::span<std::byte>& writable);
    /// Of the codes and of what is added.
    int64_t storedBytes() const;
    /// The same with the parameters of a slot filled in; `writable` is where the rows go. Error
    /// when they are not as many bytes as the scheme has.
    static PackedTensor allocate(const Scheme& scheme, int64_t rows, int64_t columns,
                                 std::span<const std::byte> parameters,
                                 std::span<std::byte>& writable);
    /// What all rows share.
    std::span<const std::byte> parameters() const;
    std::span<const std::byte> row(int64_t r) const { return rowsOf(r, 1); }
    /// The bytes of rows [first, first + count), without what they share.
    std::span<const std::byte> rowsOf(int64_t first, int64_t count) const;
    /// Rows [first, first + count) as a tensor of their own, without what is added.
    PackedTensor rowRange(int64_t first, int64_t count) const;
    /// With what is added.
    Matrix decode() const;
    /// Rows [first, first + count) as floats.
    Matrix decodeRows(int64_t first, int64_t count) const;
    void decodeRows(int64_t first, int64_t count, std::span<float> out) const;
};

/// A matrix of low rank that is added to another: left · right.
struct LowRank {
    PackedTensor left;  ///< [rows, rank]
    PackedTensor right; ///< [rank, columns]

    LowRank(PackedTensor leftFactor, PackedTensor rightFactor);
    int64_t rank() const { return right.rows; }
    int64_t storedBytes() const
    {
        return static_cast<int64_t>(left.bytes.size() + right.bytes.size());
    }
    /// Adds `scale` times the rows from `first` on to rows of floats.
    void addTo(std::span<float> rows, int64_t first, float scale = 1) const;
};

} // namespace bitloom

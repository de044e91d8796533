// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/tensor.h"
#include "core/storage/scheme.h"

#include <memory>

namespace bitloom {

/// A matrix as stored: a scheme and scheme.slotBytes(rows, columns) bytes, owned or borrowed from
/// a mapped file (then `owner` keeps the mapping alive).
struct PackedTensor {
    const Scheme* scheme = nullptr;
    int64_t rows = 0;
    int64_t columns = 0;
    std::shared_ptr<const void> owner;
    std::span<const std::byte> bytes;

    /// Allocates the bytes; `writable` is where to fill them in.
    static PackedTensor allocate(const Scheme& scheme, int64_t rows, int64_t columns,
                                 std::span<std::byte>& writable);
    std::span<const std::byte> row(int64_t r) const;
    Matrix decode() const;
    /// Rows [first, first + count) as floats.
    Matrix decodeRows(int64_t first, int64_t count) const;
};

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/packed_tensor.h"

#include "core/base/error.h"

namespace bitloom {

PackedTensor PackedTensor::allocate(const Scheme& scheme, int64_t rows, int64_t columns,
                                    std::span<std::byte>& writable)
{
    if (!scheme.accepts(columns))
        throw Error("storage", std::string(scheme.id()) + " cannot hold rows of " +
                                   std::to_string(columns) + " weights");
    const auto size = static_cast<size_t>(scheme.slotBytes(rows, columns));
    const std::shared_ptr<std::byte[]> memory(new std::byte[size]());
    writable = {memory.get(), size};
    return {&scheme, rows, columns, memory, writable};
}

std::span<const std::byte> PackedTensor::row(int64_t r) const
{
    const auto stride = static_cast<size_t>(scheme->rowBytes(columns));
    return bytes.subspan(static_cast<size_t>(r) * stride, stride);
}

Matrix PackedTensor::decode() const
{
    return decodeRows(0, rows);
}

Matrix PackedTensor::decodeRows(int64_t first, int64_t count) const
{
    Matrix result(count, columns);
    const int64_t stride = scheme->rowBytes(columns);
    scheme->decode(
        bytes.subspan(static_cast<size_t>(first * stride), static_cast<size_t>(count * stride)),
        count, columns, result.values);
    return result;
}

} // namespace bitloom

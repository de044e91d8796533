// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/packed_tensor.h"

#include "core/base/error.h"

#include <algorithm>
#include <utility>

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
    return {&scheme, rows, columns, memory, writable, nullptr};
}

int64_t PackedTensor::storedBytes() const
{
    return static_cast<int64_t>(bytes.size()) + (added ? added->storedBytes() : 0);
}

std::span<const std::byte> PackedTensor::row(int64_t r) const
{
    const auto stride = static_cast<size_t>(scheme->rowBytes(columns));
    return bytes.subspan(static_cast<size_t>(r) * stride, stride);
}

PackedTensor PackedTensor::rowRange(int64_t first, int64_t count) const
{
    const int64_t stride = scheme->rowBytes(columns);
    PackedTensor range = *this;
    range.rows = count;
    range.bytes =
        bytes.subspan(static_cast<size_t>(first * stride), static_cast<size_t>(count * stride));
    if (added)
        range.added =
            std::make_shared<const LowRank>(added->left.rowRange(first, count), added->right);
    return range;
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
    if (added)
        added->addTo(result, first);
    return result;
}

LowRank::LowRank(PackedTensor leftFactor, PackedTensor rightFactor)
    : left(std::move(leftFactor))
    , right(std::move(rightFactor))
{
    if (left.columns != right.rows)
        throw Error("storage", "factors of ranks " + std::to_string(left.columns) + " and " +
                                   std::to_string(right.rows) + " cannot be multiplied");
}

void LowRank::addTo(Matrix& rows, int64_t first, float scale) const
{
    const Matrix weights = left.decodeRows(first, rows.rows);
    const Matrix directions = right.decode();
    for (int64_t r = 0; r < rows.rows; ++r)
        for (int64_t k = 0; k < rank(); ++k) {
            const float weight = scale * weights.row(r)[static_cast<size_t>(k)];
            std::ranges::transform(
                directions.row(k), rows.row(r), rows.row(r).begin(),
                [weight](float direction, float value) { return value + weight * direction; });
        }
}

} // namespace bitloom

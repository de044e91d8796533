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

PackedTensor PackedTensor::allocate(const Scheme& scheme, int64_t rows, int64_t columns,
                                    std::span<const std::byte> parameters,
                                    std::span<std::byte>& writable)
{
    scheme.requireParameters(parameters, columns);
    PackedTensor result = allocate(scheme, rows, columns, writable);
    std::ranges::copy(parameters, writable.begin());
    writable = writable.subspan(parameters.size());
    return result;
}

std::span<const std::byte> PackedTensor::parameters() const
{
    return bytes.first(static_cast<size_t>(scheme->parameterBytes(columns)));
}

std::span<const std::byte> PackedTensor::rowsOf(int64_t first, int64_t count) const
{
    const int64_t stride = scheme->rowBytes(columns);
    return bytes.subspan(static_cast<size_t>(scheme->parameterBytes(columns) + first * stride),
                         static_cast<size_t>(count * stride));
}

PackedTensor PackedTensor::rowRange(int64_t first, int64_t count) const
{
    std::span<std::byte> writable;
    PackedTensor range = allocate(*scheme, count, columns, parameters(), writable);
    std::ranges::copy(rowsOf(first, count), writable.begin());
    return range;
}

Matrix PackedTensor::decode() const
{
    return decodeRows(0, rows);
}

Matrix PackedTensor::decodeRows(int64_t first, int64_t count) const
{
    Matrix result(count, columns);
    decodeRows(first, count, result.values);
    return result;
}

void PackedTensor::decodeRows(int64_t first, int64_t count, std::span<float> out) const
{
    scheme->decode(parameters(), rowsOf(first, count), count, columns, out);
    if (added)
        added->addTo(out, first);
}

LowRank::LowRank(PackedTensor leftFactor, PackedTensor rightFactor)
    : left(std::move(leftFactor))
    , right(std::move(rightFactor))
{
    if (left.columns != right.rows)
        throw Error("storage", "factors of ranks " + std::to_string(left.columns) + " and " +
                                   std::to_string(right.rows) + " cannot be multiplied");
}

void LowRank::addTo(std::span<float> rows, int64_t first, float scale) const
{
    const auto width = static_cast<size_t>(right.columns);
    const Matrix weights = left.decodeRows(first, static_cast<int64_t>(rows.size() / width));
    const Matrix directions = right.decode();
    for (int64_t r = 0; r < weights.rows; ++r) {
        const std::span<float> row = rows.subspan(static_cast<size_t>(r) * width, width);
        for (int64_t k = 0; k < rank(); ++k) {
            const float weight = scale * weights.row(r)[static_cast<size_t>(k)];
            std::ranges::transform(
                directions.row(k), row, row.begin(),
                [weight](float direction, float value) { return value + weight * direction; });
        }
    }
}

} // namespace bitloom

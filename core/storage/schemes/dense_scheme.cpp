// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/schemes/dense_scheme.h"

#include "core/storage/schemes/dense_bits.h"

#include <cstring>

namespace bitloom {

int64_t DenseScheme::rowBytes(int64_t columns) const
{
    return denseBytes(columns, m_bits) + 2 * groups(columns) +
           (m_zeroPoints ? denseBytes(groups(columns), m_bits) : 0);
}

Grid DenseScheme::makeGrid(int64_t rows, int64_t columns) const
{
    Grid grid;
    grid.rows = rows;
    grid.columns = columns;
    grid.bits = m_bits;
    grid.groupSize = m_group == 0 ? columns : m_group;
    grid.maxCode = (1 << m_bits) - 1;
    grid.scale.resize(static_cast<size_t>(rows * groups(columns)));
    if (m_zeroPoints)
        grid.zero.resize(grid.scale.size());
    return grid;
}

void DenseScheme::pack(const Grid& grid, std::span<const Code> codes,
                       std::span<std::byte> out) const
{
    const auto columns = static_cast<size_t>(grid.columns);
    const auto perRow = static_cast<size_t>(grid.groups());
    const auto stride = static_cast<size_t>(rowBytes(grid.columns));
    for (size_t row = 0; row < static_cast<size_t>(grid.rows); ++row) {
        std::byte* at = out.data() + row * stride;
        packDense(codes.subspan(row * columns, columns), m_bits, at);
        at += denseBytes(grid.columns, m_bits);
        for (size_t g = 0; g < perRow; ++g)
            std::memcpy(at + 2 * g, &grid.scale[row * perRow + g], 2);
        if (m_zeroPoints)
            packDense(std::span(grid.zero).subspan(row * perRow, perRow), m_bits, at + 2 * perRow);
    }
}

void DenseScheme::unpack(std::span<const std::byte> bytes, int64_t rows, int64_t columns,
                         Grid& grid, std::span<Code> codes) const
{
    const auto width = static_cast<size_t>(columns);
    const auto perRow = static_cast<size_t>(groups(columns));
    const auto stride = static_cast<size_t>(rowBytes(columns));
    for (size_t row = 0; row < static_cast<size_t>(rows); ++row) {
        const std::byte* at = bytes.data() + row * stride;
        unpackDense(at, m_bits, codes.subspan(row * width, width));
        at += denseBytes(columns, m_bits);
        for (size_t g = 0; g < perRow; ++g)
            std::memcpy(&grid.scale[row * perRow + g], at + 2 * g, 2);
        if (m_zeroPoints)
            unpackDense(at + 2 * perRow, m_bits,
                        std::span(grid.zero).subspan(row * perRow, perRow));
    }
}

} // namespace bitloom

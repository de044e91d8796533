// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/grid_scheme.h"

#include <algorithm>

namespace bitloom {

namespace {

/// Rows are unpacked a few at a time so that decoding a large matrix needs no second copy of it.
constexpr int64_t kValuesAtOnce = 1 << 16;

void decodeRows(const Grid& grid, int64_t rows, std::span<const Code> codes, std::span<float> out)
{
    for (int64_t row = 0; row < rows; ++row)
        for (int64_t group = 0; group < grid.groups(); ++group) {
            const int64_t first = group * grid.groupSize;
            const int64_t count = std::min(grid.groupSize, grid.columns - first);
            const int64_t at = row * grid.columns + first;
            decodeCodes(groupParameters(grid, row, group), grid,
                        codes.subspan(static_cast<size_t>(at / grid.dimension),
                                      static_cast<size_t>(count / grid.dimension)),
                        out.subspan(static_cast<size_t>(at), static_cast<size_t>(count)));
        }
}

} // namespace

Grid GridScheme::gridOf(std::span<const std::byte> parameters, int64_t rows, int64_t columns) const
{
    requireParameters(parameters, columns);
    Grid grid = makeGrid(rows, columns);
    if (!parameters.empty())
        takeParameters(parameters, grid);
    return grid;
}

void GridScheme::decode(std::span<const std::byte> parameters, std::span<const std::byte> bytes,
                        int64_t rows, int64_t columns, std::span<float> out) const
{
    if (rows == 0 || columns == 0)
        return;
    const int64_t stride = rowBytes(columns);
    const int64_t atOnce = std::clamp<int64_t>(kValuesAtOnce / columns, 1, rows);
    Grid grid = gridOf(parameters, atOnce, columns);
    std::vector<Code> codes(static_cast<size_t>(atOnce * grid.codesPerRow()));
    for (int64_t first = 0; first < rows; first += atOnce) {
        const int64_t count = std::min(atOnce, rows - first);
        const auto part =
            bytes.subspan(static_cast<size_t>(first * stride), static_cast<size_t>(count * stride));
        unpack(part, count, columns, grid, codes);
        decodeRows(grid, count, codes, out.subspan(static_cast<size_t>(first * columns)));
    }
}

} // namespace bitloom

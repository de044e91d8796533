// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/methods/encode_rows.h"

#include "core/base/error.h"
#include "core/base/parallel.h"
#include "core/storage/plain_scheme.h"
#include "core/storage/range_search.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace bitloom {

namespace {

/// No scale or bias is larger than the largest weight, so that smaller ones are always held.
constexpr float kAlwaysHeld = 65504.0F;
/// Weights per piece of parallel work.
constexpr int64_t kWeightsAChunk = 1 << 15;

/// What a scheme makes of one number.
float plainValue(const PlainScheme& scheme, float value)
{
    std::vector<std::byte> stored(static_cast<size_t>(scheme.rowBytes(1)));
    scheme.encodePlain({&value, 1}, stored);
    scheme.decode({}, stored, 1, 1, {&value, 1});
    return value;
}

/// Index of the first weight that is not finite, or else of the largest magnitude.
int64_t worstWeight(MatrixView weights, bool finiteOnly)
{
    int64_t largest = 0;
    for (int64_t i = 0; i < weights.size(); ++i) {
        if (!std::isfinite(weights.data[i])) {
            if (finiteOnly)
                return i;
        } else if (std::abs(weights.data[i]) > std::abs(weights.data[largest]) ||
                   !std::isfinite(weights.data[largest])) {
            largest = i;
        }
    }
    return largest;
}

/// Whether the scales and biases that keep the extremes of a block can be stored.
bool holds(const GridScheme& scheme, std::span<const float> block)
{
    if (scheme.parameterBytes(static_cast<int64_t>(block.size())) > 0)
        return false;
    Grid grid = scheme.makeGrid(1, static_cast<int64_t>(block.size()));
    scheme.fitBlock(block, RangeSearch::Extremes, grid, 0, 0);
    constexpr uint16_t kMagnitude = 0x7FFF;
    const auto fits = [](uint16_t half) { return (half & kMagnitude) < kLargestHalf; };
    return std::ranges::all_of(grid.scale, fits) && std::ranges::all_of(grid.bias, fits);
}

/// Index of the largest weight of the first block that is too large for the halves of a grid
/// scheme. All weights are finite.
int64_t firstTooLarge(const GridScheme& scheme, MatrixView weights)
{
    const int64_t blockColumns = scheme.blockColumns(weights.columns);
    for (int64_t row = 0; row < weights.rows; ++row)
        for (int64_t first = 0; first < weights.columns; first += blockColumns) {
            const auto count = std::min(blockColumns, weights.columns - first);
            const int64_t at = row * weights.columns + first;
            const MatrixView rows{weights.data + at, 1, count};
            const int64_t worst = worstWeight(rows, false);
            if (std::abs(rows.data[worst]) > kAlwaysHeld && !holds(scheme, rows.row(0)))
                return at + worst;
        }
    return -1;
}

std::vector<Code> roundToGrid(const Grid& grid, MatrixView weights)
{
    std::vector<Code> codes(static_cast<size_t>(weights.rows * grid.codesPerRow()));
    for (int64_t row = 0; row < weights.rows; ++row)
        for (int64_t group = 0; group < grid.groups(); ++group) {
            const int64_t first = group * grid.groupSize;
            const auto count =
                static_cast<size_t>(std::min(grid.groupSize, weights.columns - first));
            nearestCodes(groupParameters(grid, row, group), grid,
                         weights.row(row).subspan(static_cast<size_t>(first), count),
                         std::span(codes).subspan(static_cast<size_t>(row * grid.codesPerRow() +
                                                                      first / grid.dimension)));
        }
    return codes;
}

} // namespace

int64_t firstUnheld(const Scheme& scheme, MatrixView weights)
{
    if (weights.size() == 0)
        return -1;
    const int64_t worst = worstWeight(weights, !scheme.isPlain());
    const float value = weights.data[worst];
    if (const PlainScheme* plain = scheme.plain())
        return !std::isfinite(value) || std::isfinite(plainValue(*plain, value)) ? -1 : worst;
    if (!std::isfinite(value))
        return worst;
    return std::abs(value) <= kAlwaysHeld ? -1 : firstTooLarge(*scheme.grid(), weights);
}

void requireEncodable(const Scheme& scheme, MatrixView weights, std::string_view place,
                      int64_t firstRow)
{
    const int64_t at = firstUnheld(scheme, weights);
    if (at < 0)
        return;
    std::array<char, 32> number{};
    std::snprintf(number.data(), number.size(), "%.9g", static_cast<double>(weights.data[at]));
    throw Error("quantize", std::string(place) + ", row " +
                                std::to_string(firstRow + at / weights.columns) + ", column " +
                                std::to_string(at % weights.columns) + " is " + number.data() +
                                ", which " + std::string(scheme.id()) + " cannot hold");
}

void fitGrid(const GridScheme& scheme, MatrixView weights, RangeSearch search, Grid& grid)
{
    const int64_t blockColumns = scheme.blockColumns(weights.columns);
    for (int64_t row = 0; row < weights.rows; ++row)
        for (int64_t first = 0; first < weights.columns; first += blockColumns) {
            const int64_t count = std::min(blockColumns, weights.columns - first);
            scheme.fitBlock(
                weights.row(row).subspan(static_cast<size_t>(first), static_cast<size_t>(count)),
                search, grid, row, first);
        }
}

void encodeRowBlocks(const Scheme& scheme, MatrixView weights, int threads,
                     std::span<std::byte> out, const RowBlockEncoder& encode)
{
    if (weights.size() == 0)
        return;
    const int64_t stride = scheme.rowBytes(weights.columns);
    const int64_t atOnce = std::max<int64_t>(1, kWeightsAChunk / weights.columns);
    const int64_t blocks = (weights.rows + atOnce - 1) / atOnce;
    Progress nobody;
    parallelFor(blocks, threads, nobody, {}, [&](int64_t index, int) {
        const int64_t first = index * atOnce;
        const int64_t count = std::min(atOnce, weights.rows - first);
        const MatrixView rows{weights.data + first * weights.columns, count, weights.columns};
        const auto bytes =
            out.subspan(static_cast<size_t>(first * stride), static_cast<size_t>(count * stride));
        requireEncodable(scheme, rows, "the matrix", first);
        if (const PlainScheme* plain = scheme.plain())
            plain->encodePlain({rows.data, static_cast<size_t>(rows.size())}, bytes);
        else
            encode(*scheme.grid(), rows, bytes);
    });
}

void encodeRows(const Scheme& scheme, MatrixView weights, RangeSearch search, int threads,
                std::span<std::byte> out, std::span<const std::byte> parameters)
{
    const auto encode = [search, parameters](const GridScheme& onGrid, MatrixView rows,
                                             std::span<std::byte> bytes) {
        Grid grid = onGrid.gridOf(parameters, rows.rows, rows.columns);
        fitGrid(onGrid, rows, search, grid);
        onGrid.pack(grid, roundToGrid(grid, rows), bytes);
    };
    encodeRowBlocks(scheme, weights, threads, out, encode);
}

} // namespace bitloom

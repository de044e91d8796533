// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/encode_rows.h"

#include "core/error.h"
#include "core/parallel.h"

#include <algorithm>
#include <cmath>

namespace bitloom {

namespace {

/// Weights per piece of parallel work.
constexpr int64_t kWeightsAChunk = 1 << 15;

/// What a scheme makes of one number, for plain schemes.
float plainValue(const Scheme& scheme, float value)
{
    std::vector<std::byte> stored(static_cast<size_t>(scheme.rowBytes(1)));
    scheme.encodePlain({&value, 1}, stored);
    scheme.decode(stored, 1, 1, {&value, 1});
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

std::vector<uint8_t> roundToGrid(const Grid& grid, MatrixView weights)
{
    std::vector<uint8_t> codes(static_cast<size_t>(weights.size()));
    for (int64_t row = 0; row < weights.rows; ++row)
        for (int64_t group = 0; group < grid.groups(); ++group) {
            const int64_t first = group * grid.groupSize;
            const auto count =
                static_cast<size_t>(std::min(grid.groupSize, weights.columns - first));
            nearestCodes(groupParameters(grid, row, group), grid,
                         weights.row(row).subspan(static_cast<size_t>(first), count),
                         std::span(codes).subspan(
                             static_cast<size_t>(row * weights.columns + first), count));
        }
    return codes;
}

} // namespace

void requireEncodable(const Scheme& scheme, MatrixView weights, std::string_view place,
                      int64_t firstRow)
{
    if (weights.size() == 0)
        return;
    const int64_t worst = worstWeight(weights, !scheme.isPlain());
    const float value = weights.data[worst];
    const bool held = scheme.isPlain()
                          ? !std::isfinite(value) || std::isfinite(plainValue(scheme, value))
                          : std::isfinite(value);
    if (held)
        return;
    std::string text(place);
    text += ", row " + std::to_string(firstRow + worst / weights.columns) + ", column " +
            std::to_string(worst % weights.columns) + " is " + std::to_string(value) + ", which " +
            std::string(scheme.id()) + " cannot hold";
    throw Error("quantize", text);
}

void fitGrid(const Scheme& scheme, MatrixView weights, RangeSearch search, Grid& grid)
{
    const int64_t granule = scheme.granule(weights.columns);
    for (int64_t row = 0; row < weights.rows; ++row)
        for (int64_t first = 0; first < weights.columns; first += granule) {
            const int64_t count = std::min(granule, weights.columns - first);
            scheme.fitGranule(
                weights.row(row).subspan(static_cast<size_t>(first), static_cast<size_t>(count)),
                {}, search, grid, row, first);
        }
}

void encodeParts(const Scheme& scheme, MatrixView weights, int threads, std::span<std::byte> out,
                 const PartEncoder& encode)
{
    if (weights.size() == 0)
        return;
    const int64_t stride = scheme.rowBytes(weights.columns);
    const int64_t atOnce = std::max<int64_t>(1, kWeightsAChunk / weights.columns);
    const int64_t parts = (weights.rows + atOnce - 1) / atOnce;
    Progress nobody;
    parallelFor(parts, threads, nobody, {}, [&](int64_t index, int) {
        const int64_t first = index * atOnce;
        const int64_t count = std::min(atOnce, weights.rows - first);
        const MatrixView part{weights.data + first * weights.columns, count, weights.columns};
        const auto bytes =
            out.subspan(static_cast<size_t>(first * stride), static_cast<size_t>(count * stride));
        requireEncodable(scheme, part, "the matrix", first);
        if (scheme.isPlain())
            scheme.encodePlain({part.data, static_cast<size_t>(part.size())}, bytes);
        else
            encode(part, bytes);
    });
}

void encodeRows(const Scheme& scheme, MatrixView weights, RangeSearch search, int threads,
                std::span<std::byte> out)
{
    encodeParts(scheme, weights, threads, out, [&](MatrixView part, std::span<std::byte> bytes) {
        Grid grid = scheme.makeGrid(part.rows, part.columns);
        fitGrid(scheme, part, search, grid);
        scheme.pack(grid, roundToGrid(grid, part), bytes);
    });
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/storage/grid_scheme.h"
#include "core/storage/half.h"
#include "core/storage/level_search.h"
#include "core/storage/range_search.h"
#include "core/storage/schemes/dense_bits.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>

namespace bitloom {

/// What the contract of schemes allows and no scheme of the table uses, all at once: codes of ten
/// bits that stand for neighbouring weights, by a codebook that is fitted to the slot and stored
/// before its rows, in halves. A row is its codes, dense, then a half scale per group of 64.
class VectorScheme : public GridScheme {
public:
    explicit VectorScheme(int dimension = 2, int bits = 10)
        : m_dimension(dimension)
        , m_bits(bits)
        , m_id("vector" + std::to_string(dimension) + "x" + std::to_string(bits))
    {
    }
    std::string_view id() const override { return m_id; }
    std::string description() const override { return "Of tests."; }
    SchemeTraits traits() const override
    {
        return {.family = "vector", .groupSize = kGroup, .dimension = m_dimension};
    }
    int bits() const override { return m_bits; }
    bool accepts(int64_t columns) const override
    {
        return columns > 0 && columns % m_dimension == 0;
    }
    int64_t parameterBytes(int64_t /*columns*/) const override { return 2 * numbers(); }
    int64_t rowBytes(int64_t columns) const override
    {
        return denseBytes(columns / m_dimension, m_bits) + 2 * groups(columns);
    }
    Grid makeGrid(int64_t rows, int64_t columns) const override
    {
        Grid grid;
        grid.rows = rows;
        grid.columns = columns;
        grid.bits = m_bits;
        grid.dimension = m_dimension;
        grid.groupSize = kGroup;
        grid.maxCode = (1 << m_bits) - 1;
        grid.scale.resize(static_cast<size_t>(rows * groups(columns)));
        grid.levels.resize(static_cast<size_t>(numbers()));
        return grid;
    }
    void takeParameters(std::span<const std::byte> parameters, Grid& grid) const override
    {
        for (size_t i = 0; i < grid.levels.size(); ++i) {
            uint16_t half = 0;
            std::memcpy(&half, parameters.data() + 2 * i, 2);
            grid.levels[i] = halfToFloat(half);
        }
    }
    std::vector<std::byte> fitParameters(const SlotRows& slot, RangeSearch search) const override
    {
        ++fits;
        std::vector<float> levels = startLevels(slot);
        for (int round = 0; round < (search == RangeSearch::Extremes ? 1 : 3); ++round)
            levels = means(slot, levels);
        std::vector<std::byte> bytes(2 * levels.size());
        for (size_t i = 0; i < levels.size(); ++i) {
            const uint16_t half = floatToHalf(levels[i]);
            std::memcpy(bytes.data() + 2 * i, &half, 2);
        }
        return bytes;
    }
    void fitBlock(std::span<const float> values, RangeSearch search, Grid& grid, int64_t row,
                  int64_t firstColumn) const override
    {
        const CodeRange codes{.levels = grid.levels, .dimension = m_dimension};
        const float start = largest(values) / std::max(codes.top(), 1e-6F);
        const bool all = search == RangeSearch::SquaredError && codes.top() > 0;
        grid.scale[static_cast<size_t>(row * grid.groups() + firstColumn / kGroup)] =
            storedScale(all ? searchScale(values, codes, start, false, Precision::Half) : start);
    }
    void pack(const Grid& grid, std::span<const Code> codes,
              std::span<std::byte> out) const override
    {
        const auto perRow = static_cast<size_t>(grid.codesPerRow());
        const auto scales = static_cast<size_t>(grid.groups());
        const auto stride = static_cast<size_t>(rowBytes(grid.columns));
        for (size_t row = 0; row < static_cast<size_t>(grid.rows); ++row) {
            std::byte* at = out.data() + row * stride;
            packDense(codes.subspan(row * perRow, perRow), m_bits, at);
            std::memcpy(at + stride - 2 * scales, grid.scale.data() + row * scales, 2 * scales);
        }
    }
    void unpack(std::span<const std::byte> bytes, int64_t rows, int64_t columns, Grid& grid,
                std::span<Code> codes) const override
    {
        const auto perRow = static_cast<size_t>(columns / m_dimension);
        const auto scales = static_cast<size_t>(groups(columns));
        const auto stride = static_cast<size_t>(rowBytes(columns));
        for (size_t row = 0; row < static_cast<size_t>(rows); ++row) {
            const std::byte* at = bytes.data() + row * stride;
            unpackDense(at, m_bits, codes.subspan(row * perRow, perRow));
            std::memcpy(grid.scale.data() + row * scales, at + stride - 2 * scales, 2 * scales);
        }
    }

    mutable std::atomic<int> fits = 0; ///< how often parameters were fitted

private:
    static constexpr int64_t kGroup = 64;

    int64_t numbers() const { return int64_t{m_dimension} << m_bits; }
    static int64_t groups(int64_t columns) { return (columns + kGroup - 1) / kGroup; }
    static float largest(std::span<const float> values)
    {
        float most = 0;
        for (const float value : values)
            most = std::max(most, std::abs(value));
        return most;
    }
    /// Calls work(vector) for every vector of the slot over the largest number of its group.
    template <typename Work>
    void forEachVector(const SlotRows& slot, const Work& work) const
    {
        for (int64_t first = 0; first < slot.rows; first += slot.atOnce) {
            Matrix rows = slot.read(first, std::min(slot.atOnce, slot.rows - first));
            for (int64_t row = 0; row < rows.rows; ++row)
                for (int64_t column = 0; column < slot.columns; column += kGroup) {
                    const auto group = rows.row(row).subspan(
                        static_cast<size_t>(column),
                        static_cast<size_t>(std::min(kGroup, slot.columns - column)));
                    const float most = largest(group);
                    for (float& value : group)
                        value = most > 0 ? value / most : 0;
                    for (size_t i = 0; i < group.size(); i += static_cast<size_t>(m_dimension))
                        work(group.data() + i);
                }
        }
    }
    /// Vectors of the slot, evenly apart.
    std::vector<float> startLevels(const SlotRows& slot) const
    {
        const int64_t count = slot.rows * slot.columns / m_dimension;
        const int64_t wanted = int64_t{1} << m_bits;
        std::vector<float> levels(static_cast<size_t>(numbers()));
        int64_t seen = 0;
        forEachVector(slot, [&](const float* vector) {
            for (int64_t level = (seen * wanted + count - 1) / count;
                 level < wanted && level * count / wanted == seen; ++level)
                std::copy_n(vector, m_dimension, levels.data() + level * m_dimension);
            ++seen;
        });
        return levels;
    }
    /// The mean of the vectors that are nearest to each level (Lloyd).
    std::vector<float> means(const SlotRows& slot, const std::vector<float>& levels) const
    {
        const LevelSearch search(levels, m_dimension);
        std::vector<double> sums(levels.size());
        std::vector<int64_t> counts(levels.size() / static_cast<size_t>(m_dimension));
        forEachVector(slot, [&](const float* vector) {
            const size_t nearest = search.code(vector);
            ++counts[nearest];
            for (int j = 0; j < m_dimension; ++j)
                sums[nearest * static_cast<size_t>(m_dimension) + static_cast<size_t>(j)] +=
                    vector[j];
        });
        std::vector<float> result = levels;
        for (size_t i = 0; i < levels.size(); ++i)
            if (const int64_t count = counts[i / static_cast<size_t>(m_dimension)]; count > 0)
                result[i] = static_cast<float>(sums[i] / static_cast<double>(count));
        return result;
    }

    int m_dimension;
    int m_bits;
    std::string m_id;
};

} // namespace bitloom

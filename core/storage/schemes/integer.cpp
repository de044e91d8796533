// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/half.h"
#include "core/storage/range_search.h"
#include "core/storage/schemes/dense_scheme.h"
#include "core/storage/schemes/families.h"

#include <algorithm>
#include <cmath>
#include <memory>

namespace bitloom {

namespace {

struct ScaleAndZero {
    uint16_t scale = 0;
    int zero = 0;

    bool operator==(const ScaleAndZero&) const = default;
};

int roundToInt(float value, int lowest, int highest)
{
    return static_cast<int>(
        std::rint(std::clamp(value, static_cast<float>(lowest), static_cast<float>(highest))));
}

/// Finds the scale and the b-bit zero point of one group; 0 always has a code of its own.
class ZeroPointSearch {
public:
    ZeroPointSearch(std::span<const float> group, int highest)
        : m_group(group)
        , m_highest(highest)
    {
        std::tie(m_low, m_high) = extremes(group);
    }

    ScaleAndZero extremesOnly() const
    {
        const auto levels = static_cast<float>(m_highest);
        const uint16_t scale = storedScale(m_high / levels - m_low / levels);
        return {scale, scale == 0 ? 0 : zeroKeepingLow(halfToFloat(scale))};
    }

    ScaleAndZero leastSquares()
    {
        m_best = extremesOnly();
        if (m_best.scale == 0)
            return m_best;
        m_error = error(m_best);
        const float start = halfToFloat(m_best.scale);
        const float step = shrinkStep({0, m_highest});
        float shrink = 1;
        for (int candidate = 0; candidate < kRangeCandidates; ++candidate, shrink *= step)
            tryZeros(storedHalf(start * shrink));
        refine();
        return m_best;
    }

private:
    static constexpr int kZerosPerScale = 5;

    int zeroKeepingLow(float scale) const { return roundToInt(-m_low / scale, 0, m_highest); }
    int zeroKeepingHigh(float scale) const
    {
        return roundToInt(static_cast<float>(m_highest) - m_high / scale, 0, m_highest);
    }
    CodeRange codes(int zero) const { return {-zero, m_highest - zero}; }
    double error(ScaleAndZero candidate) const
    {
        return squaredError(m_group, {halfToFloat(candidate.scale), 0}, codes(candidate.zero));
    }

    bool offer(ScaleAndZero candidate)
    {
        if (candidate.scale == 0 || candidate == m_best)
            return false;
        const double candidateError = error(candidate);
        if (!(candidateError < m_error))
            return false;
        m_best = candidate;
        m_error = candidateError;
        return true;
    }

    /// A shrunken range may lose its low end, its high end, or some of both.
    void tryZeros(uint16_t scale)
    {
        if (scale == 0)
            return;
        const float value = halfToFloat(scale);
        const auto [first, last] = std::minmax({zeroKeepingLow(value), zeroKeepingHigh(value)});
        const int steps = std::min(last - first, kZerosPerScale - 1);
        for (int i = 0; i <= steps; ++i)
            offer({scale, steps == 0 ? first : first + (last - first) * i / steps});
    }

    void refine()
    {
        for (bool better = true; better;) {
            better = false;
            const CodeMoments moments =
                codeMoments(m_group, {halfToFloat(m_best.scale), 0}, codes(m_best.zero));
            if (moments.qq > 0 && moments.xq > 0)
                better =
                    offer({storedHalf(static_cast<float>(moments.xq / moments.qq)), m_best.zero});
            if (m_best.zero > 0)
                better = offer({m_best.scale, m_best.zero - 1}) || better;
            if (m_best.zero < m_highest)
                better = offer({m_best.scale, m_best.zero + 1}) || better;
        }
    }

    std::span<const float> m_group;
    int m_highest;
    float m_low = 0;
    float m_high = 0;
    ScaleAndZero m_best;
    double m_error = 0;
};

/// Whole numbers of b bits. Symmetric: counted from the middle; asymmetric: from a zero point.
class IntegerScheme : public DenseScheme {
public:
    /// `group` 0: the whole row.
    IntegerScheme(int bits, int64_t group, bool symmetric)
        : DenseScheme(bits, group, !symmetric)
        , m_group(group)
        , m_symmetric(symmetric)
        , m_id("int" + std::to_string(bits) + "-" +
               (group == 0 ? "row" : "g" + std::to_string(group)) + (symmetric ? "-sym" : "-asym"))
    {
    }

    std::string_view id() const override { return m_id; }
    std::string description() const override
    {
        const std::string per =
            m_group == 0 ? "per row" : "per group of " + std::to_string(m_group);
        return std::to_string(bits()) + "-bit integers with a half-precision scale " +
               (m_symmetric ? "" : "and a zero point ") + per + ".";
    }
    SchemeTraits traits() const override
    {
        return {.family = m_symmetric ? "int-sym" : "int-asym",
                .groupSize = m_group,
                .brief = m_symmetric && m_group == 32};
    }

    Grid makeGrid(int64_t rows, int64_t columns) const override
    {
        Grid grid = DenseScheme::makeGrid(rows, columns);
        grid.offset = 1 << (bits() - 1);
        grid.minCode = m_symmetric && bits() == 2 ? 1 : 0; // ternary: −1, 0, 1
        return grid;
    }

    void fitBlock(std::span<const float> values, RangeSearch search, Grid& grid, int64_t row,
                  int64_t firstColumn) const override
    {
        const auto index = static_cast<size_t>(row * grid.groups() + firstColumn / grid.groupSize);
        if (m_symmetric) {
            grid.scale[index] = symmetricScale(values, search, grid);
            return;
        }
        ZeroPointSearch zeroPoint(values, grid.maxCode);
        const ScaleAndZero found =
            search == RangeSearch::Extremes ? zeroPoint.extremesOnly() : zeroPoint.leastSquares();
        grid.scale[index] = found.scale;
        grid.zero[index] = static_cast<Code>(found.zero);
    }

private:
    static uint16_t symmetricScale(std::span<const float> values, RangeSearch search,
                                   const Grid& grid)
    {
        const CodeRange codes{grid.minCode - grid.offset, grid.maxCode - grid.offset};
        const float start = std::abs(signedExtreme(values)) / static_cast<float>(codes.highest);
        if (search == RangeSearch::Extremes)
            return storedScale(start);
        return storedScale(searchScale(values, codes, start, false, Precision::Half));
    }

    int64_t m_group;
    bool m_symmetric;
    std::string m_id;
};

std::vector<std::unique_ptr<const Scheme>> makeAll()
{
    std::vector<std::unique_ptr<const Scheme>> all;
    for (int bits = 8; bits >= 2; --bits)
        for (const int64_t group : {32, 64, 128, 0})
            for (const bool symmetric : {true, false})
                all.push_back(std::make_unique<IntegerScheme>(bits, group, symmetric));
    return all;
}

} // namespace

const std::vector<const Scheme*>& integerSchemes()
{
    static const std::vector<std::unique_ptr<const Scheme>> owned = makeAll();
    static const std::vector<const Scheme*> all = [] {
        std::vector<const Scheme*> rows;
        for (const auto& scheme : owned)
            rows.push_back(scheme.get());
        return rows;
    }();
    return all;
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/grid_error.h"

#include "core/storage/grid.h"
#include "core/storage/level_rounder.h"
#include "core/storage/level_search.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace bitloom {

namespace {

constexpr size_t kLanes = 8;
/// Sums run in single precision over at most so many values, then in double.
constexpr size_t kStretch = 512;

/// Rounds values to whole numbers of one line; holds everything the inner loops need by value.
class WholeRounder {
public:
    WholeRounder(Line line, const CodeRange& codes)
        : m_inverse(1.0F / line.scale)
        , m_bias(line.bias)
        , m_lowest(static_cast<float>(codes.lowest))
        , m_highest(static_cast<float>(codes.highest))
    {
    }
    float operator()(float value) const
    {
        float q = (value - m_bias) * m_inverse;
        q = q < m_lowest ? m_lowest : q;
        q = q > m_highest ? m_highest : q;
        return (q + kRounder) - kRounder;
    }

private:
    float m_inverse;
    float m_bias;
    float m_lowest;
    float m_highest;
};

/// Rounds values to levels of a codebook.
class CodebookRounder {
public:
    CodebookRounder(Line line, std::span<const float> levels)
        : m_inverse(1.0F / line.scale)
        , m_bias(line.bias)
        , m_levels(levels)
    {
    }
    float operator()(float value) const { return m_levels.level((value - m_bias) * m_inverse); }

private:
    float m_inverse;
    float m_bias;
    LevelRounder m_levels;
};

/// What stands for each number of a group in a codebook of any size and dimension; the rounders
/// above see one number at a time, and few levels.
std::vector<float> nearestLevelsOf(std::span<const float> group, Line line, const CodeRange& codes)
{
    const LevelSearch search(codes.levels, codes.dimension);
    const auto dimension = static_cast<size_t>(codes.dimension);
    const float inverse = 1.0F / line.scale;
    std::array<float, kMostDimension> numbers{};
    std::vector<float> levels(group.size());
    for (size_t first = 0; first < group.size(); first += dimension) {
        for (size_t j = 0; j < dimension; ++j)
            numbers[j] = (group[first + j] - line.bias) * inverse;
        std::copy_n(search.level(numbers.data()), dimension,
                    levels.begin() + std::ptrdiff_t(first));
    }
    return levels;
}

bool needsSearch(const CodeRange& codes)
{
    return !codes.levels.empty() && (codes.dimension > 1 || codes.levels.size() > kMostLevels);
}

/// Calls body with what finds the nearest level of a value.
template <class Body>
auto withRounder(Line line, const CodeRange& codes, const Body& body)
{
    return codes.levels.empty() ? body(WholeRounder(line, codes))
                                : body(CodebookRounder(line, codes.levels));
}

/// Σ term(i) over i < count, in lanes that the compiler turns into vectors.
template <class Term>
double vectorSum(size_t count, const Term& term)
{
    double total = 0;
    size_t i = 0;
    while (i + kLanes <= count) {
        std::array<float, kLanes> sums{};
        const size_t end = std::min(i + kStretch, count - count % kLanes);
        for (; i < end; i += kLanes)
            for (size_t lane = 0; lane < kLanes; ++lane)
                sums[lane] += term(i + lane);
        for (const float sum : sums)
            total += sum;
    }
    for (; i < count; ++i)
        total += term(i);
    return total;
}

/// The rounder by value, so that what it holds stays in registers.
template <class Rounder>
CodeMoments momentsBy(Rounder rounder, std::span<const float> group)
{
    const float* x = group.data();
    const size_t count = group.size();
    CodeMoments moments;
    moments.count = static_cast<double>(count);
    for (size_t first = 0; first < count; first += kStretch) {
        std::array<float, kLanes> q{};
        std::array<float, kLanes> qq{};
        std::array<float, kLanes> xq{};
        std::array<float, kLanes> sx{};
        const auto add = [&](size_t i, size_t lane) {
            const float code = rounder(x[i]);
            q[lane] += code;
            qq[lane] += code * code;
            xq[lane] += code * x[i];
            sx[lane] += x[i];
        };
        const size_t end = std::min(first + kStretch, count);
        size_t i = first;
        for (; i + kLanes <= end; i += kLanes)
            for (size_t lane = 0; lane < kLanes; ++lane)
                add(i + lane, lane);
        for (; i < end; ++i)
            add(i, 0);
        for (size_t lane = 0; lane < kLanes; ++lane) {
            moments.q += q[lane];
            moments.qq += qq[lane];
            moments.xq += xq[lane];
            moments.x += sx[lane];
        }
    }
    return moments;
}

/// Apart from the sums that a search of ranges waits for, which are faster without it.
[[gnu::noinline]] double searchedError(std::span<const float> group, Line line,
                                       const CodeRange& codes)
{
    const std::vector<float> levels = nearestLevelsOf(group, line, codes);
    return vectorSum(group.size(), [&](size_t i) {
        const float difference = line.scale * levels[i] + line.bias - group[i];
        return difference * difference;
    });
}

[[gnu::noinline]] CodeMoments searchedMoments(std::span<const float> group, Line line,
                                              const CodeRange& codes)
{
    const std::vector<float> levels = nearestLevelsOf(group, line, codes);
    CodeMoments moments;
    moments.count = static_cast<double>(group.size());
    for (size_t i = 0; i < group.size(); ++i) {
        const double q = levels[i];
        moments.q += q;
        moments.qq += q * q;
        moments.xq += q * group[i];
        moments.x += group[i];
    }
    return moments;
}

} // namespace

int CodeRange::count() const
{
    if (levels.empty())
        return highest - lowest + 1;
    const auto all = static_cast<double>(levels.size()) / dimension;
    return static_cast<int>(std::round(std::pow(all, 1.0 / dimension)));
}

double squaredError(std::span<const float> group, Line line, const CodeRange& codes)
{
    const float* x = group.data();
    if (line.scale == 0)
        return vectorSum(group.size(),
                         [x, bias = line.bias](size_t i) { return (x[i] - bias) * (x[i] - bias); });
    if (needsSearch(codes))
        return searchedError(group, line, codes);
    return withRounder(line, codes, [&](const auto& rounder) {
        return vectorSum(group.size(), [x, line, rounder](size_t i) {
            const float difference = line.scale * rounder(x[i]) + line.bias - x[i];
            return difference * difference;
        });
    });
}

CodeMoments codeMoments(std::span<const float> group, Line line, const CodeRange& codes)
{
    if (needsSearch(codes))
        return searchedMoments(group, line, codes);
    return withRounder(line, codes,
                       [group](const auto& rounder) { return momentsBy(rounder, group); });
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/distribution.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace bitloom {
namespace {

/// Small enough for the first cache, so that the second pass over a chunk costs no memory traffic.
constexpr int64_t kChunk = 2048;
/// Independent sums, so that the compiler may keep them in vector registers without reordering.
constexpr int kLanes = 8;

template <typename T>
using Lanes = std::array<T, kLanes>;

double total(const Lanes<double>& lanes)
{
    double sum = 0;
    for (const double lane : lanes)
        sum += lane;
    return sum;
}

struct Extent {
    double sum = 0;
    float low = 0;
    float high = 0;
    uint64_t zeros = 0;
};

Extent extentOf(const float* values, int64_t n)
{
    Lanes<double> sums{};
    Lanes<float> lows;
    Lanes<float> highs;
    Lanes<int32_t> zeros{};
    lows.fill(values[0]);
    highs.fill(values[0]);
    const auto visit = [&](float value, size_t lane) {
        sums[lane] += value;
        lows[lane] = value < lows[lane] ? value : lows[lane];
        highs[lane] = value > highs[lane] ? value : highs[lane];
        zeros[lane] += value == 0 ? 1 : 0;
    };
    int64_t i = 0;
    for (; i + kLanes <= n; i += kLanes)
        for (size_t lane = 0; lane < kLanes; ++lane)
            visit(values[i + static_cast<int64_t>(lane)], lane);
    for (; i < n; ++i)
        visit(values[i], 0);
    Extent extent{total(sums), *std::min_element(lows.begin(), lows.end()),
                  *std::max_element(highs.begin(), highs.end()), 0};
    for (const int32_t count : zeros)
        extent.zeros += static_cast<uint64_t>(count);
    return extent;
}

void addPowers(Moments& chunk, const float* values, int64_t n)
{
    Lanes<double> second{};
    Lanes<double> third{};
    Lanes<double> fourth{};
    const double mean = chunk.mean;
    const auto visit = [&](float value, size_t lane) {
        const double d = value - mean;
        const double square = d * d;
        second[lane] += square;
        third[lane] += square * d;
        fourth[lane] += square * square;
    };
    int64_t i = 0;
    for (; i + kLanes <= n; i += kLanes)
        for (size_t lane = 0; lane < kLanes; ++lane)
            visit(values[i + static_cast<int64_t>(lane)], lane);
    for (; i < n; ++i)
        visit(values[i], 0);
    chunk.m2 = total(second);
    chunk.m3 = total(third);
    chunk.m4 = total(fourth);
}

Moments chunkMoments(const float* values, int64_t n)
{
    const Extent extent = extentOf(values, n);
    if (!std::isfinite(extent.sum)) {
        std::vector<float> finite;
        std::copy_if(values, values + n, std::back_inserter(finite),
                     [](float value) { return std::isfinite(value); });
        return finite.empty() ? Moments()
                              : chunkMoments(finite.data(), static_cast<int64_t>(finite.size()));
    }
    Moments chunk;
    chunk.count = static_cast<uint64_t>(n);
    chunk.zeros = extent.zeros;
    chunk.minimum = extent.low;
    chunk.maximum = extent.high;
    chunk.mean = extent.sum / static_cast<double>(n);
    addPowers(chunk, values, n);
    return chunk;
}

} // namespace

void Moments::add(const float* values, int64_t n)
{
    for (int64_t from = 0; from < n; from += kChunk)
        merge(chunkMoments(values + from, std::min(kChunk, n - from)));
}

// Pébay 2008, "Formulas for robust, one-pass parallel computation of covariances and
// arbitrary-order statistical moments", equations 2.1.
void Moments::merge(const Moments& other)
{
    if (other.count == 0)
        return;
    if (count == 0) {
        *this = other;
        return;
    }
    const auto a = static_cast<double>(count);
    const auto b = static_cast<double>(other.count);
    const double n = a + b;
    const double delta = other.mean - mean;
    const double step = delta / n;
    m4 += other.m4 + delta * step * step * step * a * b * (a * a - a * b + b * b) +
          6 * step * step * (a * a * other.m2 + b * b * m2) + 4 * step * (a * other.m3 - b * m3);
    m3 += other.m3 + delta * step * step * a * b * (a - b) + 3 * step * (a * other.m2 - b * m2);
    m2 += other.m2 + delta * step * a * b;
    mean += step * b;
    count += other.count;
    zeros += other.zeros;
    minimum = std::min(minimum, other.minimum);
    maximum = std::max(maximum, other.maximum);
}

double Moments::standardDeviation() const
{
    return count ? std::sqrt(m2 / static_cast<double>(count)) : 0;
}

double Moments::kurtosis() const
{
    return m2 > 0 ? m4 * static_cast<double>(count) / (m2 * m2) : 0;
}

} // namespace bitloom

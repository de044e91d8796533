// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/statistics/distribution.h"

#include "core/analyze/statistics/wide.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <vector>

namespace bitloom {
namespace {

/// Small enough for the first cache, so that the second pass over a chunk costs no memory traffic.
constexpr int64_t kCachedWeights = 2048;
double total(const FourDoubles& sums)
{
    double sum = 0;
    for (int lane = 0; lane < kLanes; ++lane)
        sum += sums[lane];
    return sum;
}

struct Extent {
    double sum = 0;
    float low = 0;
    float high = 0;
    uint64_t zeros = 0;
};

struct FindExtent {
    [[gnu::always_inline]] static void run(const float* values, int64_t n, Extent* extent)
    {
        FourDoubles sums{};
        FourFloats lows = values[0] - FourFloats{};
        FourFloats highs = lows;
        FourInts zeros{};
        int64_t i = 0;
        for (; i + kLanes <= n; i += kLanes) {
            FourFloats lanes;
            load(lanes, values + i);
            sums += __builtin_convertvector(lanes, FourDoubles);
            lows = lanes < lows ? lanes : lows;
            highs = lanes > highs ? lanes : highs;
            zeros -= lanes == 0; // true is −1
        }
        *extent = {total(sums), lows[0], highs[0], 0};
        for (int lane = 0; lane < kLanes; ++lane) {
            extent->low = std::min(extent->low, lows[lane]);
            extent->high = std::max(extent->high, highs[lane]);
            extent->zeros += static_cast<uint64_t>(zeros[lane]);
        }
        for (; i < n; ++i) {
            extent->sum += static_cast<double>(values[i]);
            extent->low = std::min(extent->low, values[i]);
            extent->high = std::max(extent->high, values[i]);
            extent->zeros += values[i] == 0 ? 1 : 0;
        }
    }
};

struct AddPowers {
    [[gnu::always_inline]] static void run(const float* values, int64_t n, Moments* moments)
    {
        FourDoubles second{};
        FourDoubles third{};
        FourDoubles fourth{};
        const double mean = moments->mean;
        int64_t i = 0;
        for (; i + kLanes <= n; i += kLanes) {
            FourFloats lanes;
            load(lanes, values + i);
            const FourDoubles deviations = __builtin_convertvector(lanes, FourDoubles) - mean;
            const FourDoubles squares = deviations * deviations;
            second += squares;
            third += squares * deviations;
            fourth += squares * squares;
        }
        moments->m2 = total(second);
        moments->m3 = total(third);
        moments->m4 = total(fourth);
        for (; i < n; ++i) {
            const double deviation = static_cast<double>(values[i]) - mean;
            const double square = deviation * deviation;
            moments->m2 += square;
            moments->m3 += square * deviation;
            moments->m4 += square * square;
        }
    }
};

Moments finiteMoments(const float* values, int64_t n)
{
    std::vector<float> finite;
    std::copy_if(values, values + n, std::back_inserter(finite),
                 [](float value) { return std::isfinite(value); });
    Moments moments;
    moments.add(finite.data(), static_cast<int64_t>(finite.size()));
    moments.nans = static_cast<uint64_t>(
        std::count_if(values, values + n, [](float value) { return std::isnan(value); }));
    moments.infinities = static_cast<uint64_t>(n) - moments.count - moments.nans;
    return moments;
}

Moments chunkMoments(const float* values, int64_t n)
{
    Extent extent;
    runWide<FindExtent>(values, n, &extent);
    if (!std::isfinite(extent.sum))
        return finiteMoments(values, n);
    Moments chunk;
    chunk.count = static_cast<uint64_t>(n);
    chunk.zeros = extent.zeros;
    chunk.minimum = extent.low;
    chunk.maximum = extent.high;
    chunk.mean = extent.sum / static_cast<double>(n);
    runWide<AddPowers>(values, n, &chunk);
    return chunk;
}

} // namespace

void Moments::add(const float* values, int64_t n)
{
    for (int64_t from = 0; from < n; from += kCachedWeights)
        merge(chunkMoments(values + from, std::min(kCachedWeights, n - from)));
}

// Pébay 2008, "Formulas for robust, one-pass parallel computation of covariances and
// arbitrary-order statistical moments", equations 2.1.
void Moments::merge(const Moments& other)
{
    nans += other.nans;
    infinities += other.infinities;
    if (other.count == 0)
        return;
    if (count == 0) {
        const Moments counted = *this;
        *this = other;
        nans = counted.nans;
        infinities = counted.infinities;
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

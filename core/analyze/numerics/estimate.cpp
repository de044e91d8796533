// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/numerics/estimate.h"

#include "core/base/error.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace bitloom {

Estimate meanOf(std::span<const double> values)
{
    return blockMean(values, std::vector<int64_t>(values.size(), 1));
}

Estimate blockMean(std::span<const BlockSum> blocks)
{
    double sum = 0;
    double n = 0;
    for (const BlockSum& block : blocks) {
        sum += block.sum;
        n += static_cast<double>(block.count);
    }
    if (n == 0)
        return {};
    const double mean = sum / n;
    double squares = 0;
    for (const BlockSum& block : blocks)
        squares += std::pow(block.sum - static_cast<double>(block.count) * mean, 2);
    const auto count = static_cast<double>(blocks.size());
    return {mean, count > 1 ? std::sqrt(count / (count - 1) * squares) / n : 0};
}

std::vector<BlockSum> blockSums(std::span<const double> values, std::span<const int64_t> blocks)
{
    std::vector<BlockSum> sums;
    auto value = values.begin();
    for (const int64_t length : blocks) {
        sums.push_back({std::accumulate(value, value + length, 0.0), length});
        value += length;
    }
    return sums;
}

Estimate blockMean(std::span<const double> values, std::span<const int64_t> blocks)
{
    return blockMean(blockSums(values, blocks));
}

Estimate pairedDifference(std::span<const BlockSum> a, std::span<const BlockSum> b)
{
    if (!std::ranges::equal(a, b, {}, &BlockSum::count, &BlockSum::count))
        throw Error("evaluate", "only what was measured on the same text can be compared");
    std::vector<BlockSum> differences(a.begin(), a.end());
    for (size_t i = 0; i < differences.size(); ++i)
        differences[i].sum -= b[i].sum;
    return blockMean(differences);
}

std::vector<int64_t> textBlocks(std::span<const int64_t> predictionsOfWindows)
{
    const auto windows = static_cast<int64_t>(predictionsOfWindows.size());
    std::vector<int64_t> blocks;
    for (const int64_t predictions : predictionsOfWindows) {
        const int64_t wanted = (kFewestBlocks + windows - 1) / windows;
        const int64_t parts = std::clamp<int64_t>(predictions, 1, wanted);
        for (int64_t part = 0; part < parts; ++part)
            blocks.push_back(predictions * (part + 1) / parts - predictions * part / parts);
    }
    return blocks;
}

double quantile(std::span<const double> sorted, double share)
{
    const double rank = share * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<size_t>(rank);
    const size_t above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (rank - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

} // namespace bitloom

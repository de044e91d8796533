// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/fisher/fisher.h"

#include "core/base/finite.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace bitloom {

namespace {

/// Partial sums, so that the compiler may use wide registers.
constexpr int64_t kPartialSums = 8;
using Lanes = std::array<double, kPartialSums>;

double sumOfLanes(const Lanes& lanes)
{
    return std::accumulate(lanes.begin(), lanes.end(), 0.0);
}

} // namespace

void ChangeSums::add(const ChangeSums& more)
{
    change += more.change;
    cross += more.cross;
    rows += more.rows;
    inner += more.inner;
    square += more.square;
}

ChangeSums SlotFisher::sums(MatrixView original, MatrixView changed, int64_t firstRow) const
{
    ChangeSums all;
    for (int64_t r = 0; total > 0 && r < original.rows; ++r) {
        const float* from = original.row(r).data();
        const float* to = changed.row(r).data();
        Lanes change{};
        Lanes cross{};
        Lanes inner{};
        Lanes square{};
        for (int64_t start = 0; start < original.columns; start += kPartialSums)
            for (int64_t i = start; i < std::min(start + kPartialSums, original.columns); ++i) {
                const auto lane = static_cast<size_t>(i - start);
                const float error = to[i] - from[i];
                const float weighted = columnSums[static_cast<size_t>(i)] * error;
                change[lane] += static_cast<double>(weighted * error);
                cross[lane] += static_cast<double>(weighted * from[i]);
                inner[lane] += static_cast<double>(error * from[i]);
                square[lane] += static_cast<double>(from[i] * from[i]);
            }
        const auto weight = static_cast<double>(rowSums[static_cast<size_t>(firstRow + r)]);
        all.add({weight * sumOfLanes(change), weight * sumOfLanes(cross), weight, sumOfLanes(inner),
                 sumOfLanes(square)});
    }
    return all;
}

double SlotFisher::damage(const ChangeSums& sums) const
{
    if (sums.rows <= 0)
        return 0;
    if (!alongWeights)
        return sums.change / (2 * sums.rows);
    const double shrinkage = sums.shrinkage();
    const double across = (sums.change + shrinkage * sums.cross) / (2 * sums.rows);
    return notBelowZero(across) + shrinkage * shrinkage * *alongWeights / 2;
}

} // namespace bitloom

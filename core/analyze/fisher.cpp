// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/fisher.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace bitloom {

double SlotFisher::damage(MatrixView original, MatrixView changed, int64_t firstRow) const
{
    if (total <= 0)
        return 0;
    double sum = 0;
    for (int64_t r = 0; r < original.rows; ++r) {
        const float* from = original.row(r).data();
        const float* to = changed.row(r).data();
        constexpr int64_t kLanes = 8;
        std::array<double, kLanes> sums{};
        for (int64_t start = 0; start < original.columns; start += kLanes)
            for (int64_t i = start; i < std::min(start + kLanes, original.columns); ++i) {
                const float change = to[i] - from[i];
                sums[static_cast<size_t>(i - start)] +=
                    static_cast<double>(columnSums[static_cast<size_t>(i)] * change * change);
            }
        sum += static_cast<double>(rowSums[static_cast<size_t>(firstRow + r)]) *
               std::accumulate(sums.begin(), sums.end(), 0.0);
    }
    return sum / (2 * total);
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/statistics/distribution.h"
#include "core/analyze/text/text.h"
#include "core/network/engine/engine.h"

#include <vector>

namespace bitloom {

/// Statistics of the input of every linear over the windows, each value once however many linears
/// read it, in the graph's order. Needs an engine that can be tapped. Memory: 128 KiB a value.
/// Stopped: what was seen so far.
std::vector<ValueStatistics> activationStatistics(const Model& model, Engine& engine,
                                                  const std::vector<Window>& windows,
                                                  Progress& progress);

/// A histogram whose range is not known beforehand: fine bins over [−2^k, 2^k], where k grows as
/// larger numbers arrive (then pairs of bins are merged, which is exact).
class GrowingHistogram {
public:
    void add(const float* values, int64_t n);
    /// At most kHistogramBins equal bins that cover [low, high]; its edges are edges of fine bins,
    /// so that every count is exact.
    Histogram over(double low, double high) const;

private:
    static constexpr int kFineBins = 16384;
    void growTo(double magnitude);

    double m_limit = 0; ///< 0: nothing but zeros seen so far
    uint64_t m_zeros = 0;
    std::vector<uint64_t> m_counts;
};

} // namespace bitloom

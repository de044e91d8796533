// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/statistics/distribution.h"

#include <algorithm>
#include <cmath>

namespace bitloom {

/// Which bin of a histogram a number falls into. Numbers outside [low, high] go to the edge bins.
class Binning {
public:
    Binning(double low, double high)
        : m_low(low)
        , m_scale(high > low ? kHistogramBins / (high - low) : 0)
    {
    }
    [[gnu::always_inline]] int bin(double value) const
    {
        const double place = (value - m_low) * m_scale;
        const double floored = place > 0 ? place : 0;
        constexpr double kLast = kHistogramBins - 1;
        return static_cast<int>(floored < kLast ? floored : kLast);
    }

    /// The bin of a number that is known to lie in [low, high].
    [[gnu::always_inline]] int binInside(double value) const
    {
        return std::min(static_cast<int>((value - m_low) * m_scale), kHistogramBins - 1);
    }

private:
    double m_low;
    double m_scale;
};

/// The band of ± 6 standard deviations around the mean; outside it a weight is an outlier.
class OutlierBand {
public:
    explicit OutlierBand(const Moments& moments)
        : m_low(moments.mean - 6 * moments.standardDeviation())
        , m_high(moments.mean + 6 * moments.standardDeviation())
    {
    }
    bool excludes(double value) const { return value < m_low || value > m_high; }

private:
    double m_low;
    double m_high;
};

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bitloom {

/// Counts over equal bins of [low, high]; the last bin includes high.
struct Histogram {
    double low = 0;
    double high = 0;
    std::vector<uint64_t> counts;
};

/// Moments and extremes of a set of numbers; can add and merge (fixed order gives fixed bytes).
/// Numbers that are not finite are counted, and left out of everything else.
struct Moments {
    uint64_t count = 0; ///< finite ones
    uint64_t nans = 0;
    uint64_t infinities = 0; ///< of either sign
    uint64_t zeros = 0;      ///< exact zeros
    double minimum = 0;
    double maximum = 0;
    double mean = 0;
    double m2 = 0; ///< sums of powers of deviations from the mean
    double m3 = 0;
    double m4 = 0;

    void add(const float* values, int64_t n);
    void merge(const Moments& other);
    uint64_t notFinite() const { return nans + infinities; }
    double standardDeviation() const; ///< population
    double kurtosis() const;          ///< m4·n / m2²: 3 for a Gaussian; 0 when constant
};

/// Everything the window shows of one slot's weights.
struct SlotStatistics {
    Moments moments;
    double outlierShare = 0;                         ///< beyond 6 standard deviations of the mean
    Histogram histogram;                             ///< of finite weights, low/high = extremes
    std::vector<float> rowMinimum, rowMaximum;       ///< per output channel, of finite weights
    std::vector<float> columnMinimum, columnMaximum; ///< per input channel
    bool complete = true;                            ///< false: stopped before the last row
};
inline constexpr int kHistogramBins = 512;

/// Statistics of a value over calibration text (the input of a linear).
struct ValueStatistics {
    std::string name;
    Moments moments;
    Histogram histogram;
    std::vector<float> channelMinimum, channelMaximum;
};

} // namespace bitloom

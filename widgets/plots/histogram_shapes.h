// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/base/histogram_data.h"

namespace bitloom {

double binWidth(const HistogramBins& bins);

/// The same bins as a density (integral 1), so that layers of different sizes can share an axis.
HistogramBins density(const HistogramBins& bins);

/// How many bins hold anything.
int occupiedCount(const HistogramBins& bins);

/// Each count divided by the bins it stands for: those up to half-way to its occupied neighbours. A
/// faithful choice of levels so follows the outline of the original.
HistogramBins spreadLevels(const HistogramBins& levels);

/// Bin by bin the least, the median and the greatest of many densities, over common bins.
struct HistogramBand {
    HistogramBins least;
    HistogramBins median;
    HistogramBins greatest;
};
HistogramBand densityBand(const QList<const HistogramBins*>& many, const ClipRange& range,
                          int bins);

} // namespace bitloom

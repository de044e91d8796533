// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/histogram_shapes.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace bitloom {

namespace {

double valueAt(const HistogramBins& bins, double x)
{
    const double place = std::floor((x - bins.low) / binWidth(bins));
    return place < 0 || place >= static_cast<double>(bins.counts.size())
               ? 0
               : bins.counts[static_cast<qsizetype>(place)];
}

/// Bins that belong to the occupied bin `at` of `occupied`.
double cellOf(const QList<qsizetype>& occupied, qsizetype at)
{
    if (occupied.size() < 2)
        return 1;
    const bool first = at == 0;
    const bool last = at + 1 == occupied.size();
    const auto before = static_cast<double>(first ? 0 : occupied[at] - occupied[at - 1]);
    const auto after = static_cast<double>(last ? 0 : occupied[at + 1] - occupied[at]);
    return first ? after : last ? before : (before + after) / 2;
}

} // namespace

double binWidth(const HistogramBins& bins)
{
    return (bins.high - bins.low) / static_cast<double>(bins.counts.size());
}

HistogramBins density(const HistogramBins& bins)
{
    const double total = std::accumulate(bins.counts.begin(), bins.counts.end(), 0.0);
    const double scale = 1 / (std::max(total, 1.0) * binWidth(bins));
    HistogramBins scaled = bins;
    for (double& count : scaled.counts)
        count *= scale;
    return scaled;
}

int occupiedCount(const HistogramBins& bins)
{
    return static_cast<int>(std::count_if(bins.counts.begin(), bins.counts.end(),
                                          [](double count) { return count > 0; }));
}

HistogramBins spreadLevels(const HistogramBins& levels)
{
    QList<qsizetype> occupied;
    for (qsizetype i = 0; i < levels.counts.size(); ++i)
        if (levels.counts[i] > 0)
            occupied.append(i);
    HistogramBins spread = levels;
    for (qsizetype i = 0; i < occupied.size(); ++i)
        spread.counts[occupied[i]] /= cellOf(occupied, i);
    return spread;
}

HistogramBand densityBand(const QList<const HistogramBins*>& many, const ClipRange& range, int bins)
{
    const HistogramBins none{range.low, range.high, QList<double>(bins)};
    HistogramBand band{none, none, none};
    QList<HistogramBins> densities;
    for (const HistogramBins* one : many)
        densities.append(density(*one));
    QList<double> values(densities.size());
    for (int i = 0; i < bins && !values.isEmpty(); ++i) {
        const double x = range.low + (i + 0.5) * binWidth(none);
        std::transform(densities.begin(), densities.end(), values.begin(),
                       [x](const HistogramBins& one) { return valueAt(one, x); });
        std::sort(values.begin(), values.end());
        band.least.counts[i] = values.first();
        band.median.counts[i] = values[values.size() / 2];
        band.greatest.counts[i] = values.last();
    }
    return band;
}

} // namespace bitloom

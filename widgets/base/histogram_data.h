// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>

namespace bitloom {

/// Counts over equal bins of [low, high].
struct HistogramBins {
    double low = 0;
    double high = 0;
    QList<double> counts;
    bool isEmpty() const { return counts.isEmpty() || !(high > low); }
};

/// One layer to draw.
struct HistogramLayer {
    QString name;
    HistogramBins original;
    HistogramBins quantized;  ///< empty: not known, or stored as it is
    HistogramBins activation; ///< of the layer's input; empty: not measured
    double mean = 0;
    double deviation = 0; ///< σ, for the zoom without outliers; 0: unknown
};

/// Two ends of a clipping range.
struct ClipRange {
    double low = 0;
    double high = 0;
    bool operator==(const ClipRange&) const = default;
};

} // namespace bitloom

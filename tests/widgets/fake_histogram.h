// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/base/histogram_data.h"

#include <cmath>

namespace bitloom {

/// A bell of 512 bins over ±1, and the same weights on `levels` equal levels.
inline HistogramLayer bellLayer(const QString& name, double deviation = 0.15, int levels = 15)
{
    HistogramLayer layer;
    layer.name = name;
    layer.mean = 0;
    layer.deviation = deviation;
    layer.original = {-1, 1, QList<double>(512)};
    layer.quantized = layer.original;
    layer.quantized.counts.fill(0);
    for (int i = 0; i < 512; ++i) {
        const double x = -1 + (i + 0.5) * 2 / 512;
        const double count = std::round(9000 * std::exp(-x * x / (2 * deviation * deviation)));
        layer.original.counts[i] = count;
        const int level = static_cast<int>(std::lround((x + 1) / 2 * (levels - 1)));
        const int bin = std::min(511, level * 511 / (levels - 1));
        layer.quantized.counts[bin] += count;
    }
    layer.original.counts[0] += 1;
    layer.original.counts[511] += 1;
    return layer;
}

} // namespace bitloom

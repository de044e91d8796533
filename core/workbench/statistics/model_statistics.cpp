// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/statistics/model_statistics.h"

#include "core/analyze/statistics/activations.h"
#include "core/analyze/statistics/binning.h"
#include "core/base/error.h"
#include "core/base/parallel.h"
#include "core/workbench/session/calibration.h"
#include "core/workbench/session/slot_error.h"

#include <algorithm>
#include <cmath>

namespace bitloom {
namespace {

/// Two histograms with the same bins, gathered by one thread.
struct PairCounter {
    std::vector<uint64_t> original = std::vector<uint64_t>(kHistogramBins);
    std::vector<uint64_t> quantized = std::vector<uint64_t>(kHistogramBins);
};

void count(std::vector<uint64_t>& counts, const Matrix& values, const Binning& binning)
{
    for (const float value : values.values)
        if (std::isfinite(value))
            ++counts[static_cast<size_t>(binning.bin(value))];
}

} // namespace

SlotStatistics ModelStatistics::statistics(int slot, Progress& progress)
{
    {
        const std::scoped_lock lock(m_mutex);
        const auto known = m_known.find(slot);
        if (known != m_known.end())
            return known->second;
    }
    SlotStatistics result = slotStatistics(model(), slot, progress);
    const std::scoped_lock lock(m_mutex);
    if (result.complete)
        m_known[slot] = result;
    return result;
}

LevelOverlay ModelStatistics::overlay(int slot, const Encoding& encoding, Progress& progress,
                                      const std::vector<TransformStep>& transforms)
{
    const Slot& place = model().graph.slots.at(static_cast<size_t>(slot));
    const SlotStatistics whole = statistics(slot, progress);
    const double low = whole.histogram.low;
    const double high = whole.histogram.high;
    const Binning binning(low, high);
    const std::vector<RowRange> bands = rowBands(place, kQuick);
    const TransformedModel source = m_calibration.transformed(transforms);
    std::vector<PairCounter> counters(static_cast<size_t>(defaultThreads()));
    parallelFor(
        static_cast<int64_t>(bands.size()), 0, progress, "quantizing", [&](int64_t i, int worker) {
            const RowRange& band = bands[static_cast<size_t>(i)];
            PairCounter& counter = counters[static_cast<size_t>(worker)];
            count(counter.original, source.original(slot, band.first, band.count), binning);
            Matrix changed = source.encodeRows(slot, encoding, band.first, band.count).decode();
            source.restore(slot, changed);
            count(counter.quantized, changed, binning);
        });
    const std::vector<uint64_t> empty(kHistogramBins);
    LevelOverlay overlay{{low, high, empty}, {low, high, empty}};
    for (const PairCounter& counter : counters)
        for (size_t bin = 0; bin < empty.size(); ++bin) {
            overlay.original.counts[bin] += counter.original[bin];
            overlay.quantized.counts[bin] += counter.quantized[bin];
        }
    return overlay;
}

std::vector<ValueStatistics> ModelStatistics::activations(const CalibrationSettings& text,
                                                          Progress& progress)
{
    opened().requireComputable("activations", progress);
    const std::vector<Window> windows = calibrationExamples(model(), text);
    // Only the Torch engine can be tapped; it is made for this and given back.
    std::string notice;
    const auto engine = opened().engineFactory()(
        opened().shared(), OriginalWeights(opened().shared()), "torch", notice);
    return activationStatistics(model(), *engine, windows, progress);
}

} // namespace bitloom

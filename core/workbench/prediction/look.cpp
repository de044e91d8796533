// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/statistics/activations.h"
#include "core/analyze/statistics/binning.h"
#include "core/base/error.h"
#include "core/base/parallel.h"
#include "core/workbench/session/caches.h"
#include "core/workbench/session/calibration.h"

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

SlotStatistics Workbench::statistics(int slot, Progress& progress)
{
    {
        const std::scoped_lock lock(m_caches->mutex);
        const auto known = m_caches->statistics.find(slot);
        if (known != m_caches->statistics.end())
            return known->second;
    }
    SlotStatistics result = slotStatistics(*m_model, slot, progress);
    const std::scoped_lock lock(m_caches->mutex);
    if (result.complete)
        m_caches->statistics[slot] = result;
    return result;
}

LevelOverlay Workbench::overlay(int slot, const Encoding& encoding, Progress& progress,
                                const std::vector<TransformStep>& transforms)
{
    const Slot& place = m_model->graph.slots.at(static_cast<size_t>(slot));
    const SlotStatistics whole = statistics(slot, progress);
    const double low = whole.histogram.low;
    const double high = whole.histogram.high;
    const Binning binning(low, high);
    const std::vector<RowRange> bands = rowBands(place, kQuick);
    const TransformedModel source = transformed(transforms);
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

std::vector<ValueStatistics> Workbench::activations(const CalibrationSettings& text,
                                                    Progress& progress)
{
    m_caches->requireComputable(*m_model, "activations", progress);
    const std::vector<Window> windows = calibrationExamples(*m_model, text);
    // Only the Torch engine can be tapped; it is made for this and given back.
    std::string notice;
    const auto engine = m_engines(m_model, OriginalWeights(m_model), "torch", notice);
    return activationStatistics(*m_model, *engine, windows, progress);
}

} // namespace bitloom

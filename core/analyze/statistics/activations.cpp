// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/statistics/activations.h"

#include "core/network/graph/operations.h"

#include <algorithm>
#include <cmath>

namespace bitloom {
namespace {

struct Watched {
    ValueStatistics statistics;
    GrowingHistogram histogram;
};

bool isProduct(const StepMatrix& matrix)
{
    return matrix.use == MatrixUse::Product;
}

/// One entry per value, absent where no matrix is multiplied with it.
using Watches = std::vector<std::unique_ptr<Watched>>;

Watches productInputs(const Graph& graph)
{
    Watches watches(graph.values.size());
    for (const Program& program : graph.programs)
        for (const Step& step : program.steps) {
            if (!std::ranges::any_of(matricesOf(step), isProduct))
                continue;
            const auto value = static_cast<size_t>(step.inputs.front());
            watches[value] = std::make_unique<Watched>();
            watches[value]->statistics.name = graph.values[value].name;
        }
    return watches;
}

void widen(ValueStatistics& statistics, MatrixView rows)
{
    if (statistics.channelMinimum.empty()) {
        const std::span<const float> first = rows.row(0);
        statistics.channelMinimum.assign(first.begin(), first.end());
        statistics.channelMaximum = statistics.channelMinimum;
    }
    for (int64_t r = 0; r < rows.rows; ++r) {
        const std::span<const float> row = rows.row(r);
        for (size_t i = 0; i < row.size(); ++i) {
            statistics.channelMinimum[i] = std::min(statistics.channelMinimum[i], row[i]);
            statistics.channelMaximum[i] = std::max(statistics.channelMaximum[i], row[i]);
        }
    }
}

void see(Watched& watched, MatrixView rows)
{
    if (rows.size() == 0)
        return;
    watched.statistics.moments.add(rows.data, rows.size());
    watched.histogram.add(rows.data, rows.size());
    widen(watched.statistics, rows);
}

std::vector<ValueStatistics> results(Watches& watches)
{
    std::vector<ValueStatistics> all;
    for (const std::unique_ptr<Watched>& watched : watches) {
        if (!watched)
            continue;
        const Moments& moments = watched->statistics.moments;
        watched->statistics.histogram = watched->histogram.over(moments.minimum, moments.maximum);
        all.push_back(std::move(watched->statistics));
    }
    return all;
}

} // namespace

void GrowingHistogram::growTo(double magnitude)
{
    if (m_limit == 0) {
        m_limit = std::exp2(std::ceil(std::log2(magnitude)));
        m_counts.assign(kFineBins, 0);
    }
    while (m_limit < magnitude) {
        std::vector<uint64_t> wider(kFineBins);
        for (size_t i = 0; i < kFineBins; ++i)
            wider[kFineBins / 4 + i / 2] += m_counts[i];
        m_counts = std::move(wider);
        m_limit *= 2;
    }
}

void GrowingHistogram::add(const float* values, int64_t n)
{
    float largest = 0;
    for (int64_t i = 0; i < n; ++i)
        if (std::isfinite(values[i]))
            largest = std::max(largest, std::abs(values[i]));
    if (largest > m_limit)
        growTo(largest);
    if (m_limit == 0) {
        m_zeros += static_cast<uint64_t>(n);
        return;
    }
    const double scale = kFineBins / (2 * m_limit);
    for (int64_t i = 0; i < n; ++i) {
        if (!std::isfinite(values[i]))
            continue;
        const auto bin = static_cast<int>((values[i] + m_limit) * scale);
        ++m_counts[static_cast<size_t>(std::min(bin, kFineBins - 1))];
    }
}

Histogram GrowingHistogram::over(double low, double high) const
{
    if (m_limit == 0)
        return {0, 0, {m_zeros}};
    const double width = 2 * m_limit / kFineBins;
    const auto place = [&](double x) {
        return static_cast<size_t>(std::clamp((x + m_limit) / width, 0.0, kFineBins - 1.0));
    };
    const size_t first = place(low);
    const size_t fine = place(high) - first + 1;
    const size_t merged = (fine + kHistogramBins - 1) / kHistogramBins;
    const size_t bins = (fine + merged - 1) / merged;
    Histogram histogram;
    histogram.low = static_cast<double>(first) * width - m_limit;
    histogram.high = histogram.low + static_cast<double>(bins * merged) * width;
    histogram.counts.assign(bins, 0);
    for (size_t i = 0; i < fine; ++i)
        histogram.counts[i / merged] += m_counts[first + i];
    constexpr size_t kZero = kFineBins / 2;
    if (first <= kZero && kZero < first + fine)
        histogram.counts[(kZero - first) / merged] += m_zeros;
    return histogram;
}

std::vector<ValueStatistics> activationStatistics(const Model& model, Engine& engine,
                                                  const std::vector<Window>& windows,
                                                  Progress& progress)
{
    Watches watches = productInputs(model.graph);
    const ValueTap tap = [&](int value, MatrixView rows) {
        if (const auto& watched = watches[static_cast<size_t>(value)])
            see(*watched, rows);
    };
    for (size_t w = 0; w < windows.size() && !progress.stopRequested(); ++w) {
        const std::vector<int32_t>& tokens = windows[w].tokens;
        TextBatch text;
        text.add(tokens);
        engine.encode(text, tap);
        reportWindows(progress, w + 1, windows.size());
    }
    return results(watches);
}

} // namespace bitloom

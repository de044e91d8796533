// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/statistics/error_growth.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace bitloom {

namespace {

/// Σ h² and Σ (h − ĥ)² of a value.
struct Power {
    double signal = 0;
    double noise = 0;

    void add(MatrixView original, MatrixView quantized)
    {
        for (int64_t i = 0; i < original.size(); ++i) {
            const double h = original.data[i];
            const double error = quantized.data[i] - h;
            signal += h * h;
            noise += error * error;
        }
    }
    std::optional<double> decibels() const
    {
        return noise == 0 ? std::nullopt : std::optional(10 * std::log10(signal / noise));
    }
};

/// Steps of the same block that follow each other are a segment.
std::vector<SegmentError> blocksOf(const Graph& graph)
{
    std::vector<SegmentError> segments;
    for (const Step& step : graph.programs.front().steps) {
        if (segments.empty() || segments.back().block != step.block)
            segments.push_back({step.block, -1, {}});
        segments.back().value = step.output;
    }
    return segments;
}

/// `powers`: of the values that are watched.
void addWindow(std::map<int, Power>& powers, Engine& original, Engine& quantized,
               const Window& window)
{
    TextBatch text;
    text.add(window.tokens);
    std::map<int, Matrix> before;
    original.encode(text, [&](int value, MatrixView rows) {
        if (!powers.contains(value))
            return;
        Matrix& kept = before[value] = Matrix(rows.rows, rows.columns);
        std::copy_n(rows.data, rows.size(), kept.values.begin());
    });
    quantized.encode(text, [&](int value, MatrixView rows) {
        if (const auto found = before.find(value); found != before.end())
            powers[value].add(found->second.view(), rows);
    });
}

} // namespace

ErrorGrowth errorGrowth(const Graph& graph, Engine& original, Engine& quantized,
                        const std::vector<Window>& windows, Progress& progress)
{
    ErrorGrowth result;
    result.segments = blocksOf(graph);
    std::map<int, Power> powers;
    for (const SegmentError& segment : result.segments)
        powers[segment.value] = {};
    for (const Window& window : windows) {
        if (progress.stopRequested())
            break;
        addWindow(powers, original, quantized, window);
        ++result.windows;
        reportWindows(progress, static_cast<size_t>(result.windows), windows.size());
    }
    for (SegmentError& segment : result.segments)
        segment.sqnr = powers[segment.value].decibels();
    result.complete = result.windows == static_cast<int64_t>(windows.size());
    return result;
}

} // namespace bitloom

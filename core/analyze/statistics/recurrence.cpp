// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/statistics/recurrence.h"

#include "core/base/random.h"
#include "core/network/graph/operations.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

namespace bitloom {

namespace {

using Numbers = std::vector<double>;

double lengthOf(const Numbers& v)
{
    return std::sqrt(std::inner_product(v.begin(), v.end(), v.begin(), 0.0));
}

/// Wᵀ W x.
Numbers backAndForth(const Matrix& weights, const Numbers& x)
{
    Numbers result(x.size());
    for (int64_t row = 0; row < weights.rows; ++row) {
        const std::span<const float> w = weights.row(row);
        const double sum = std::inner_product(w.begin(), w.end(), x.begin(), 0.0);
        for (size_t i = 0; i < x.size(); ++i)
            result[i] += sum * static_cast<double>(w[i]);
    }
    return result;
}

std::vector<const Step*> recurrentSteps(const Graph& graph)
{
    std::vector<const Step*> steps;
    for (const Program& program : graph.programs)
        for (const Step& step : program.steps)
            if (isRecurrent(step))
                steps.push_back(&step);
    return steps;
}

/// What recurrent steps give over a window, by value.
std::map<int, Matrix> hiddenStates(const std::vector<const Step*>& steps, Engine& engine,
                                   const Window& window)
{
    std::map<int, Matrix> states;
    const auto sequence = engine.newSequence(static_cast<int64_t>(window.tokens.size()));
    engine.runTapped(*sequence, window.tokens, [&](int value, MatrixView rows) {
        if (std::ranges::none_of(steps, [&](const Step* step) { return step->output == value; }))
            return;
        Matrix& state = states[value] = Matrix(rows.rows, rows.columns);
        std::copy_n(rows.data, rows.size(), state.values.begin());
    });
    return states;
}

double relativeDistance(std::span<const float> from, std::span<const float> to)
{
    double apart = 0;
    double whole = 0;
    for (size_t i = 0; i < from.size(); ++i) {
        const double value = from[i];
        const double error = static_cast<double>(to[i]) - value;
        apart += error * error;
        whole += value * value;
    }
    return whole == 0 ? 0 : std::sqrt(apart / whole);
}

/// Sums by time step over windows of different lengths.
class StepMeans {
public:
    void add(const Matrix& original, const Matrix& quantized)
    {
        const auto steps = static_cast<size_t>(original.rows);
        m_sums.resize(std::max(m_sums.size(), steps));
        m_counts.resize(m_sums.size());
        for (size_t step = 0; step < steps; ++step) {
            const auto row = static_cast<int64_t>(step);
            m_sums[step] += relativeDistance(original.row(row), quantized.row(row));
            ++m_counts[step];
        }
    }
    Numbers means() const
    {
        Numbers result = m_sums;
        for (size_t step = 0; step < result.size(); ++step)
            result[step] /= m_counts[step];
        return result;
    }

private:
    Numbers m_sums;
    Numbers m_counts;
};

} // namespace

double spectralNorm(const Matrix& weights)
{
    constexpr int kMostRounds = 1000;
    constexpr double kEnough = 1e-12;
    constexpr uint64_t kSeed = 1;
    Numbers x(static_cast<size_t>(weights.columns));
    for (size_t i = 0; i < x.size(); ++i)
        x[i] = randomUniform(kSeed, i) - 0.5;
    double square = 0;
    for (int round = 0; round < kMostRounds; ++round) {
        const double length = lengthOf(x);
        if (length == 0)
            break;
        std::ranges::transform(x, x.begin(), [&](double value) { return value / length; });
        x = backAndForth(weights, x);
        const double before = std::exchange(square, lengthOf(x));
        if (!std::isfinite(square) || std::abs(square - before) <= kEnough * square)
            break;
    }
    return std::sqrt(square);
}

std::vector<int> hiddenMatrices(const Graph& graph)
{
    std::vector<int> slots;
    for (const Step* step : recurrentSteps(graph))
        for (const StepMatrix& matrix : matricesOf(*step))
            slots.push_back(matrix.slot);
    return slots;
}

Recurrence hiddenDrifts(const Graph& graph, Engine& original, Engine& quantized,
                        const std::vector<Window>& windows, Progress& progress)
{
    const std::vector<const Step*> steps = recurrentSteps(graph);
    std::map<int, StepMeans> means;
    Recurrence result;
    for (const Window& window : windows) {
        if (progress.stopRequested())
            break;
        const auto before = hiddenStates(steps, original, window);
        const auto after = hiddenStates(steps, quantized, window);
        for (const auto& [value, states] : before)
            means[value].add(states, after.at(value));
        ++result.windows;
        reportWindows(progress, static_cast<size_t>(result.windows), windows.size());
    }
    for (const auto& [value, sums] : means)
        result.drifts.push_back({value, sums.means()});
    result.complete = result.windows == static_cast<int64_t>(windows.size());
    return result;
}

} // namespace bitloom

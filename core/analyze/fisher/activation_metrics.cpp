// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/fisher/activation_metrics.h"

#include "core/base/error.h"

#include <algorithm>
#include <string>

namespace bitloom {

namespace {

/// Errors of positions taken for independent.
double alongErrors(const ActivationSums& sums, double predictions)
{
    return sums.along / 2 / predictions;
}

/// Errors of columns too.
double columnsApart(const ActivationSums& sums, double predictions)
{
    return sums.columns / 2 / predictions;
}

/// All columns and positions alike: HAWQ-V2's product (Dong et al. 2020), of a value.
double traceTimesError(const ActivationSums& sums, double predictions)
{
    return sums.gradients * sums.errors / sums.numbers / 2 / predictions;
}

double meanSquare(const ActivationSums& sums, double /*predictions*/)
{
    return sums.errors / sums.numbers;
}

double relativeSquare(const ActivationSums& sums, double /*predictions*/)
{
    return sums.squares == 0 ? 0 : sums.errors / sums.squares;
}

} // namespace

std::optional<double> ActivationDamages::of(int value, const ActivationScheme& scheme) const
{
    const auto index = static_cast<size_t>(value);
    const auto row = static_cast<size_t>(&scheme - activationSchemes().data());
    if (index >= values.size() || row >= values[index].size())
        return std::nullopt;
    return values[index][row];
}

ActivationDamages damagesOf(const ActivationMeasurement& measured)
{
    const auto predictions = static_cast<double>(std::max<int64_t>(1, measured.predictions));
    ActivationDamages damages;
    for (const std::vector<ActivationSums>& value : measured.values) {
        std::vector<double>& ofSchemes = damages.values.emplace_back();
        for (const ActivationSums& sums : value)
            ofSchemes.push_back(activationMetrics().front().damage(sums, predictions));
    }
    return damages;
}

void ActivationSums::add(const ActivationSums& more)
{
    along += more.along;
    columns += more.columns;
    gradients += more.gradients;
    errors += more.errors;
    squares += more.squares;
    numbers += more.numbers;
}

const std::vector<ActivationMetric>& activationMetrics()
{
    static const std::vector<ActivationMetric> rows = {
        {"fisher", "Fisher, along the error", "½ Σ (g · δ)²", true, &alongErrors},
        {"fisher-columns", "Fisher, columns apart", "½ Σ g² δ²", true, &columnsApart},
        {"trace", "trace × error", "½ Σ g² · mean δ²", true, &traceTimesError},
        {"error", "mean square error", "mean δ²", false, &meanSquare},
        {"relative-error", "relative error", "Σ δ² / Σ x²", false, &relativeSquare},
    };
    return rows;
}

const ActivationMetric& activationMetricNamed(std::string_view id)
{
    std::string known;
    for (const ActivationMetric& row : activationMetrics()) {
        if (row.id == id)
            return row;
        known.append(known.empty() ? "" : ", ").append(row.id);
    }
    throw Error("sensitivity",
                "there is no metric " + std::string(id) + " of activations; there are " + known);
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace bitloom {

/// What rounding one value adds up to over the positions t of a text: x is the value, δ its error,
/// g the derivative of the windows' summed loss by it (as Fisher).
struct RoundingSums {
    double along = 0;     ///< Σ_t (Σ_i g_ti δ_ti)²
    double columns = 0;   ///< Σ_ti g_ti² δ_ti²
    double gradients = 0; ///< Σ_ti g_ti²
    double errors = 0;    ///< Σ_ti δ_ti²
    double squares = 0;   ///< Σ_ti x_ti²
    double numbers = 0;   ///< how many x_ti there are

    void add(const RoundingSums& more);
};

/// By value (index into Graph::values) and row of activationSchemes(); empty where a value cannot
/// be rounded.
struct RoundingMeasurement {
    std::vector<std::vector<RoundingSums>> values;
    int64_t windows = 0;
    int64_t predictions = 0;
};

/// A row of the table: a way of telling what rounding a value costs.
struct RoundingMetric {
    std::string_view id;
    std::string_view title;
    std::string_view source; ///< the formula
    /// Damages are the expected divergence itself (quantityOf); else they only say which of two
    /// roundings is worse.
    bool predicts = false;
    double (*damage)(const RoundingSums& sums, double predictions);
};

/// Every way, best first.
const std::vector<RoundingMetric>& roundingMetrics();
/// Error naming the known ones.
const RoundingMetric& roundingMetricNamed(std::string_view id);

} // namespace bitloom

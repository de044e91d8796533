// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/storage/activation_scheme.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace bitloom {

/// What quantizing one activation adds up to over the positions t of a text: x is the value, δ its
/// error, g the derivative of the windows' summed loss by it (as Fisher).
struct ActivationSums {
    double along = 0;     ///< Σ_t (Σ_i g_ti δ_ti)²
    double columns = 0;   ///< Σ_ti g_ti² δ_ti²
    double gradients = 0; ///< Σ_ti g_ti²
    double errors = 0;    ///< Σ_ti δ_ti²
    double squares = 0;   ///< Σ_ti x_ti²
    double numbers = 0;   ///< how many x_ti there are

    void add(const ActivationSums& more);
};

/// By value (index into Graph::values) and row of activationSchemes(); empty where a value cannot
/// be quantized.
struct ActivationMeasurement {
    std::vector<std::vector<ActivationSums>> values;
    int64_t windows = 0;
    int64_t predictions = 0;
};

/// Expected KL in nats per prediction, or 1 − cosine, of quantizing one value alone,
/// ½ Σ_positions (∂L/∂x · δ)² / predictions with δ the error of the row x. Errors of different
/// positions are taken for independent.
struct ActivationDamages {
    /// By value, by row of activationSchemes(). Empty where a value cannot be quantized, and where
    /// this was not measured.
    std::vector<std::vector<double>> values;

    /// Nothing where it was not measured.
    std::optional<double> of(int value, const ActivationScheme& scheme) const;
    bool operator==(const ActivationDamages&) const = default;
};

/// By the first of activationMetrics().
ActivationDamages damagesOf(const ActivationMeasurement& measured);

/// A row of the table: a way of predicting what quantizing an activation costs.
struct ActivationMetric {
    std::string_view id;
    std::string_view title;
    std::string_view source; ///< the formula
    /// Damages are the expected divergence itself (quantityOf); else they only say which of two
    /// quantizations is worse.
    bool predicts = false;
    double (*damage)(const ActivationSums& sums, double predictions);
};

/// Every way, best first.
const std::vector<ActivationMetric>& activationMetrics();
/// Error naming the known ones.
const ActivationMetric& activationMetricNamed(std::string_view id);

} // namespace bitloom

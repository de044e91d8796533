// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/numerics/cholesky.h"
#include "core/analyze/numerics/estimate.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bitloom {

/// A sum of predicted damages and what its error depends on.
struct DamageSum {
    double total = 0;
    double variance = 0; ///< by the slots' own errors: those of many small ones even out
    double guided = 0;   ///< share of the total by methods that need calibration (GPTQ)

    /// Adds the damage of a slot of which nothing was measured.
    void add(double damage, bool needsCalibration);
};

/// What a sum of damages will be when it is measured.
struct PredictionRange {
    double value = 0; ///< the likeliest
    double low = 0;   ///< nine of ten lie from here
    double high = 0;  ///< to here
};

/// How far predictions are from what is measured. Before anything was measured: ln(measured /
/// predicted) has mean 0 and the variance of three independent errors, which were read off recipes
/// of four models (tests/bench/bench_predictions):
///   - every slot's own, of standard deviation kSlotError: √(Σ d²) / Σ d of it remain of a sum, and
///     less where slots were measured alone (Recalibration);
///   - the whole's, which grows with the total, where slots no longer act alone (kCommonError,
///     kInteraction);
///   - that of methods fitted to the inputs, by their part of the total (kGuidedError).
/// Beside the second, a recipe has kOwnShare of it to itself, since not all slots interact alike;
/// and what was measured tells no more than the text it was measured on. However much is known,
/// these remain. The last two are alike for recipes that are alike: what was measured of one
/// corrects the others (a Gaussian process over ln total and the guided share; Rasmussen and
/// Williams 2006, §2.2).
class PredictionError {
public:
    static constexpr double kSlotError = 0.2;
    static constexpr double kCommonError = 0.08;
    static constexpr double kInteraction = 0.25;
    static constexpr double kGuidedError = 0.1;
    static constexpr double kOwnShare = 0.5;

    /// Nothing is learnt from totals or measurements that are not above 0.
    void learn(const DamageSum& predicted, const Estimate& measured);
    PredictionRange range(const DamageSum& predicted) const;
    size_t measurements() const { return m_known.size(); }

private:
    struct Known {
        DamageSum predicted;
        double logRatio = 0;
        double variance = 0; ///< of the measurement and of the slots' own errors
    };

    void condition(size_t known);

    std::vector<Known> m_known;
    CholeskyFactor m_factor;       ///< of the known ones' covariance
    std::vector<double> m_weights; ///< covariance⁻¹ · logRatio
};

/// What chance alone does to ln(perplexity / the original's) of a text that the original itself
/// would write, in standard deviations: its mean over tokens is the KL divergence, and for small
/// changes ln(p/q) has the variance 2 · KL under p (both are Σ δ²/p to second order).
double logRatioChance(double kl, int64_t tokens);

} // namespace bitloom

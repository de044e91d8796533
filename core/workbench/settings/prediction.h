// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/budget/prediction_error.h"
#include "core/analyze/numerics/estimate.h"
#include "core/quantize/variant/variant.h"
#include "core/workbench/settings/trial.h"

#include <cstddef>
#include <optional>
#include <vector>

namespace bitloom {

/// What a recipe is predicted to cost (quantityOf).
struct Prediction {
    double closedForm = 0; ///< Σ of the damages as the Fisher factors predict them
    DamageSum damages;     ///< the same, each corrected by what was measured of slots alone
    PredictionRange range; ///< what will be measured, by what was of recipes, and how sure that is
    /// Recipes that were evaluated, or measured by a fit or in the background
    size_t learntFrom = 0;
    size_t slotsMeasured = 0;     ///< alone
    bool isQuickEstimate = false; ///< from a small sample of some slots, in a range that says so
    bool isPrior = false;         ///< the recipe was measured since; the range is from before that
};

/// What was measured with some slots changed, beside what the Fisher factors predict.
struct TrialPoint {
    std::vector<SlotKey> changes; ///< slots that are not as stored
    double predicted = 0;         ///< by the sensitivity alone
    Estimate measured;
    /// With its range and all that had been learnt by then; nothing: it was not known then.
    std::optional<PriorPrediction> prior;
};
/// How many measurements lie in the range that was predicted of them, and of how many there was
/// one.
struct RangeCount {
    size_t hits = 0;
    size_t predicted = 0;
};
RangeCount countInRange(const std::vector<TrialPoint>& points);

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/workbench/prediction/predictions.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/settings/fit_settings.h"

#include <optional>
#include <vector>

namespace bitloom {

class FitPlan;
struct FitBudget;

/// Finds recipes within budgets. What it measures of slots, SlotErrors remembers, and predictions
/// learn from the recipes that it measures; it remembers nothing itself and needs no lock. Thread
/// safe.
class Fits {
public:
    explicit Fits(Predictions& predictions)
        : m_predictions(predictions)
    {
    }

    /// What the fit will take; encodes a few slots to tell. Errors as fit's.
    FitCost fitCost(const Recipe& start, const FitSettings& settings, Progress& progress);
    /// Stopped while it measures recipes: the best so far.
    FitResult fit(const Recipe& start, const FitSettings& settings, Progress& progress);

private:
    /// Error where a fit cannot begin.
    void requirePossible(const Recipe& start, const FitSettings& settings,
                         Progress& progress) const;
    /// What is left of a fit's budgets when some were measured; nothing: stopped.
    std::optional<std::vector<FitBudget>> fitBudgets(const FitPlan& plan,
                                                     const FitSettings& settings, FitResult& result,
                                                     Progress& progress) const;
    /// What the recipe of a result comes to.
    void describe(const FitSettings& settings, FitResult& result);

    const ModelCalibration& calibration() const { return m_predictions.calibration(); }
    const OpenedModel& opened() const { return calibration().opened(); }
    const Model& model() const { return calibration().model(); }

    Predictions& m_predictions;
};

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private to the workbench: the part of a fit that measures.

#include "core/analyze/text/text.h"
#include "core/quantize/variant/transformed_model.h"
#include "core/workbench/fit/fit_solver.h"

#include <vector>

namespace bitloom {

/// The examples of a held-out text, ready to measure recipes on.
class FitTrials {
public:
    /// Error when the text gives too few examples (requireSearchable).
    FitTrials(TransformedModel model, const FitMeasurement& settings);

    /// Looks for something better than `chosen` within the solver's budgets, of the first no more
    /// than `bytes` (searchMeasured), and puts it there.
    MeasuredFit improve(const FitPlan& plan, const FitSolver& solver, const FitOptions& damaged,
                        int64_t bytes, BudgetChoice& chosen, Progress& progress) const;

private:
    TransformedModel m_model;
    const FitMeasurement& m_settings;
    std::vector<Window> m_examples; ///< in an order of chance: every stretch stands for the text
};

} // namespace bitloom

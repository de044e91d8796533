// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/estimate.h"
#include "core/analyze/rank_correlation.h"
#include "core/workbench/workbench.h"

#include <string>
#include <string_view>
#include <vector>

namespace bitloom {

/// Which sensitivities are held against the truth, on what.
struct LabSettings {
    CalibrationSettings calibration;  ///< what they are measured on
    JudgeSettings evaluation;         ///< what the truth is measured on: another text
    std::vector<std::string> metrics; ///< rows of sensitivities(); empty: all that apply
    std::vector<SlotChoice> choices;  ///< tried on every slot; empty: 2, 3 and 4 bits
    /// Values are rounded instead of slots: metrics are rows of roundingMetrics(), and these are
    /// tried on every value.
    std::vector<const ActivationScheme*> roundings;
};

/// Symmetric ones of 8, 6 and 4 bits, a scale for each position.
std::vector<const ActivationScheme*> usualRoundings();

/// A way of telling what a change costs.
struct LabMetric {
    std::string_view id;
    std::string_view title;
    std::string_view source; ///< the formula
    bool predicts = false;   ///< in the unit of what is measured
};

/// One slot with one scheme, or one value rounded, everything else as stored.
struct LabPoint {
    int place = -1;                ///< index into the graph's slots or values
    size_t choice = 0;             ///< among the schemes
    Estimate measured;             ///< as quantityOf
    std::vector<double> predicted; ///< by metric
};

/// How well a metric tells what is measured.
struct LabScore {
    double spearman = 0;        ///< over all points
    std::vector<double> within; ///< the same among the points of each scheme
    LogRatio ratio;             ///< meaningful where the metric predicts
};

/// All metrics side by side on this very model.
struct Lab {
    bool ofValues = false; ///< values are rounded; else slots changed
    std::vector<LabMetric> metrics;
    std::vector<std::string> schemes; ///< tried
    std::vector<LabPoint> points;
    std::vector<LabScore> scores; ///< by metric
    bool complete = true;         ///< false: stopped; the scores are of the points so far
};

/// Runs the network once for each point that was not measured before, by Torch. Error when the two
/// texts share lines, or a metric does not apply to this model.
Lab runLab(Workbench& bench, const LabSettings& settings, Progress& progress);

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/estimate.h"
#include "core/analyze/rank_correlation.h"
#include "core/workbench/workbench.h"

#include <string>
#include <vector>

namespace bitloom {

/// Which sensitivities are held against the truth, on what.
struct LabSettings {
    CalibrationSettings calibration;  ///< what they are measured on
    JudgeSettings evaluation;         ///< what the truth is measured on: another text
    std::vector<std::string> metrics; ///< rows of sensitivities(); empty: all that apply
    std::vector<SlotChoice> choices;  ///< tried on every slot; empty: 2, 3 and 4 bits
};

/// One slot with one choice, everything else as stored.
struct LabPoint {
    int slot = -1;
    size_t choice = 0;
    Estimate measured;             ///< as quantityOf
    std::vector<double> predicted; ///< by metric
};

/// How well a metric tells what is measured.
struct LabScore {
    double spearman = 0;        ///< over all points
    std::vector<double> within; ///< the same among the points of each choice
    LogRatio ratio;             ///< meaningful where the metric predicts (SensitivityRow)
};

/// All metrics side by side on this very model.
struct Lab {
    std::vector<const SensitivityRow*> metrics;
    std::vector<SlotChoice> choices;
    std::vector<LabPoint> points;
    std::vector<LabScore> scores; ///< by metric
    bool complete = true;         ///< false: stopped; the scores are of the points so far
};

/// Runs the network once for each point that was not measured before, by Torch. Error when the two
/// texts share lines, or a metric does not apply to this model.
Lab runLab(Workbench& bench, const LabSettings& settings, Progress& progress);

/// The table of scores, by metric.
std::vector<LabScore> scoresOf(const Lab& lab);

} // namespace bitloom

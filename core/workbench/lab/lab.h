// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/numerics/estimate.h"
#include "core/analyze/numerics/rank_correlation.h"
#include "core/workbench/lab/lab_settings.h"
#include "core/workbench/lab/laboratory.h"

#include <string>
#include <vector>

namespace bitloom {

/// Symmetric ones of 8, 6 and 4 bits, a scale for each position.
std::vector<const ActivationScheme*> usualActivationSchemes();

/// One slot with one scheme, or one value quantized, everything else as stored.
struct LabPoint {
    int index = -1;                ///< index into the graph's slots or values
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
    bool ofValues = false; ///< values are quantized; else slots changed
    std::vector<LabMetric> metrics;
    std::vector<std::string> schemes; ///< tried
    std::vector<LabPoint> points;
    std::vector<LabScore> scores; ///< by metric
    bool complete = true;         ///< false: stopped; the scores are of the points so far
};

/// Runs the network once for each point that was not measured before, by Torch. Error when the two
/// texts share lines, or a metric does not apply to this model.
Lab runLab(Laboratory& laboratory, const LabSettings& settings, Progress& progress);

} // namespace bitloom

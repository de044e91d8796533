// SPDX-License-Identifier: GPL-3.0-or-later
// What `sensitivity` says about second derivatives: --curvature and --density.
#pragma once

#include "app/cli/options.h"
#include "core/analyze/hessian/spectral_density.h"

#include <string>

namespace bitloom {

struct CurvatureOptions {
    std::string measure; ///< --curvature: a row of curvatureMeasures
    std::string density; ///< --density: a slot, or "all"
    std::string loss = "kl";
    int64_t samples = 100;
    DensitySettings lanczos;

    void add(CLI::App& command);
    bool given() const { return !measure.empty() || !density.empty(); }
};

/// Measures and prints what was asked for.
void runCurvature(const ModelOptions& model, const CalibrationOptions& calibration,
                  const CurvatureOptions& options);

} // namespace bitloom

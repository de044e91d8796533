// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/hessian/slot_curvature.h"
#include "core/analyze/hessian/spectral_density.h"
#include "core/workbench/prediction/slot_errors.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/settings/texts.h"

#include <cstdint>
#include <string>
#include <vector>

namespace bitloom {

struct CurvatureRequest {
    CalibrationSettings text;
    CurvatureLoss loss = CurvatureLoss::KullbackLeibler;
    int64_t samples = 100; ///< of a trace, at most
};
/// A slot's curvature and what it predicts.
struct CurvatureDamage {
    SlotCurvature curvature;
    double damage = 0; ///< ½ · value · ‖ΔW‖² of the reference choice (SlotErrors::sensitivity)
};

/// The second derivatives of a network's loss by its weights. Keeps nothing but in the store of
/// measurements, so it needs no lock. Thread safe.
class Curvatures {
public:
    Curvatures(const ModelCalibration& calibration, SlotErrors& errors)
        : m_calibration(calibration)
        , m_errors(errors)
    {
    }

    /// By a row of curvatureMeasures; independent of the Fisher factors. Stopped: the slots so far.
    std::vector<CurvatureDamage> curvature(const std::string& measure,
                                           const CurvatureRequest& request, Progress& progress);
    /// The spectral density of the Hessian over some slots; empty: over all that can be quantized.
    SpectralDensity density(const std::vector<int>& slots, const CurvatureRequest& request,
                            const DensitySettings& settings, Progress& progress);

private:
    const ModelCalibration& m_calibration;
    SlotErrors& m_errors;
};

} // namespace bitloom

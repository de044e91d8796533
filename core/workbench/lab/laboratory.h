// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/fisher/activation_metrics.h"
#include "core/analyze/numerics/estimate.h"
#include "core/workbench/prediction/sensitivities.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/settings/texts.h"

#include <vector>

namespace bitloom {

/// What is measured with one slot changed, as quantityOf.
struct MeasuredSlotKl {
    int slot = -1;
    Estimate measured;
};

/// What is measured with one value quantized, as quantityOf.
struct MeasuredValueKl {
    int value = -1; ///< index into Graph::values
    Estimate measured;
};

/// What metrics predict of single changes, and the measured KL of that. Keeps nothing but in the
/// store of measurements, so it needs no lock. Thread safe.
class Laboratory {
public:
    explicit Laboratory(Sensitivities& sensitivities)
        : m_sensitivities(sensitivities)
    {
    }
    Sensitivities& sensitivities() const { return m_sensitivities; }
    const Model& model() const { return calibration().model(); }

    /// The measured KL that metrics predict: the divergence on another text with one slot alone
    /// stored so, by Torch; of the slots that may be. Kept slot by slot. Stopped: those so far.
    std::vector<MeasuredSlotKl> measuredKl(const SlotChoice& choice, const EvaluationSettings& text,
                                           Progress& progress);
    /// What quantizing each activation of the network costs by rows of activationMetrics(); of the
    /// windows so far when it was stopped.
    ActivationMeasurement activationQuantization(const CalibrationSettings& text,
                                                 Progress& progress);
    /// The measured KL of that: the divergence on another text with one value alone quantized, by
    /// Torch, of every value that can be. Kept value by value. Stopped: those so far.
    std::vector<MeasuredValueKl> measuredKl(const ActivationScheme& scheme,
                                            const EvaluationSettings& text, Progress& progress);

private:
    const ModelCalibration& calibration() const { return m_sensitivities.calibration(); }
    const OpenedModel& opened() const { return calibration().opened(); }

    Sensitivities& m_sensitivities;
};

} // namespace bitloom

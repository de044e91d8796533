// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/fisher/rounding_metrics.h"
#include "core/analyze/numerics/estimate.h"
#include "core/workbench/prediction/sensitivities.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/settings/texts.h"

#include <vector>

namespace bitloom {

/// What is measured with one slot changed, as quantityOf.
struct SlotTruth {
    int slot = -1;
    Estimate measured;
};

/// What is measured with one value rounded, as quantityOf.
struct ValueTruth {
    int value = -1; ///< index into Graph::values
    Estimate measured;
};

/// What metrics tell of single changes, and the truth of that. Keeps nothing but in the store of
/// measurements, so it needs no lock. Thread safe.
class Laboratory {
public:
    explicit Laboratory(Sensitivities& sensitivities)
        : m_sensitivities(sensitivities)
    {
    }
    Sensitivities& sensitivities() const { return m_sensitivities; }
    const Model& model() const { return calibration().model(); }

    /// The truth that metrics predict: the divergence on another text with one slot alone stored
    /// so, by Torch; of the slots that may be. Kept slot by slot. Stopped: those so far.
    std::vector<SlotTruth> truthOf(const SlotChoice& choice, const JudgeSettings& text,
                                   Progress& progress);
    /// What rounding each value of the network costs by rows of roundingMetrics(); of the windows
    /// so far when it was stopped.
    RoundingMeasurement roundings(const CalibrationSettings& text, Progress& progress);
    /// The truth of that: the divergence on another text with one value alone rounded, by Torch, of
    /// every value that can be. Kept value by value. Stopped: those so far.
    std::vector<ValueTruth> truthOf(const ActivationScheme& scheme, const JudgeSettings& text,
                                    Progress& progress);

private:
    const ModelCalibration& calibration() const { return m_sensitivities.calibration(); }
    const OpenedModel& opened() const { return calibration().opened(); }

    Sensitivities& m_sensitivities;
};

} // namespace bitloom

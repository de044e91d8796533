// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/workbench/session/model_calibration.h"
#include "core/workbench/settings/trial.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>

namespace bitloom {

/// What was measured of whole variants: by the background measurer, also in sessions before, and by
/// evaluations and fits of this one. Predictions learn from it. Thread safe.
class MeasuredVariants {
public:
    explicit MeasuredVariants(const ModelCalibration& calibration)
        : m_calibration(calibration)
    {
    }

    /// All that was measured with slots changed (BackgroundMeasurer). Stopped while the model was
    /// still being recognised: of this session only.
    Trials trials(Progress& progress);
    /// A measurement more.
    void addTrial(const TrialKey& key, const Estimate& measured,
                  const std::optional<PriorPrediction>& predicted = {});
    /// Whether that was evaluated, or measured by a fit.
    bool isEvaluated(const VariantKey& variant);
    /// Of what was evaluated to the end, and what was predicted of it before. A second evaluation
    /// says no more.
    void keepEvaluated(VariantKey variant, Trial evaluated);

    struct Past {
        bool isMeasured = false;
        /// Of a variant that was measured, as it was before that.
        std::optional<PriorPrediction> prior;
    };
    Past past(const VariantKey& variant);
    /// Grows with all that `all` depends on, but for the calibration.
    int64_t number();
    struct All {
        std::map<VariantKey, Estimate> measured;
        int64_t number = 0;
    };
    /// What is known of the variants that were measured, each once, the surest.
    All all(const KnownCalibration& known);
    /// False: it depends on inputs that are not those known.
    static bool isOfTheseInputs(const VariantKey& variant, const KnownCalibration& known);

private:
    /// The lock; stored trials are there once the model was recognised, and what was evaluated by
    /// inputs that are no longer known is gone.
    std::unique_lock<std::mutex> upToDate();

    const ModelCalibration& m_calibration;
    std::mutex m_mutex; ///< guards what follows
    Trials m_trials;
    bool m_storedTrialsKnown = false;
    std::map<VariantKey, Trial> m_evaluated;
    int64_t m_inputsVersion = 0; ///< of the calibration that was last looked at
    int64_t m_number = 0;
};

} // namespace bitloom

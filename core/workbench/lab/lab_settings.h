// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quantize/recipe/recipe.h"
#include "core/storage/activation_scheme.h"
#include "core/workbench/settings/texts.h"

#include <string>
#include <string_view>
#include <vector>

namespace bitloom {

/// Which sensitivities are held against the measured KL, on what.
struct LabSettings {
    CalibrationSettings calibration;  ///< what they are measured on
    EvaluationSettings evaluation;    ///< what the KL is measured on: another text
    std::vector<std::string> metrics; ///< rows of sensitivities(); empty: all that apply
    std::vector<SlotChoice> choices;  ///< tried on every slot; empty: 2, 3 and 4 bits
    /// Values are quantized instead of slots: metrics are rows of activationMetrics(), and these
    /// are tried on every value.
    std::vector<const ActivationScheme*> activationSchemes;
};

/// A way of telling what a change costs.
struct LabMetric {
    std::string_view id;
    std::string_view title;
    std::string_view source; ///< the formula
    bool predicts = false;   ///< in the unit of what is measured
};

} // namespace bitloom

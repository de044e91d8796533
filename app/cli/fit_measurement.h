// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/workbench/settings/fit_settings.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace bitloom {

/// --measure, --minutes and --measure-windows of a fit, and what comes of them.
struct FitMeasurementOptions {
    std::string path; ///< of the text; empty: nothing is measured
    FitMeasurement settings;

    void add(CLI::App& command);
    /// Windows cut as those of the calibration.
    std::optional<FitMeasurement> read(const CalibrationSettings& calibration,
                                       const Model& model) const;
    nlohmann::ordered_json json(const MeasuredFit& measured) const;
};

/// Of that JSON.
void printMeasured(const nlohmann::ordered_json& measured, const std::string& quantity);

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/statistics/recurrence.h"
#include "core/analyze/statistics/statistics.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/settings/texts.h"

#include <map>
#include <mutex>
#include <optional>
#include <vector>

namespace bitloom {

/// Distinct values a choice can take in a histogram overlay, with their counts over the slot.
struct LevelOverlay {
    Histogram original;
    Histogram quantized; ///< same bins
};

/// Where the numbers of a model lie: its weights, the values on the way, and what comes back.
/// Remembers the statistics of the weights, which nothing changes. Thread safe.
class ModelStatistics {
public:
    explicit ModelStatistics(const ModelCalibration& calibration)
        : m_calibration(calibration)
    {
    }

    SlotStatistics statistics(int slot, Progress& progress);
    LevelOverlay overlay(int slot, const Encoding& encoding, Progress& progress,
                         const std::vector<TransformStep>& transforms = {});
    std::vector<ValueStatistics> activations(const CalibrationSettings& text, Progress& progress);
    /// Norms of the matrices that hidden states come back through, with a recipe also quantized;
    /// with a recipe and a text (may be empty) how far the states drift. No matrices: nothing
    /// recurrent.
    Recurrence recurrence(const std::optional<Recipe>& recipe, const CalibrationSettings& text,
                          Progress& progress);

private:
    const OpenedModel& opened() const { return m_calibration.opened(); }
    const Model& model() const { return m_calibration.model(); }

    const ModelCalibration& m_calibration;
    std::mutex m_mutex; ///< guards what follows
    std::map<int, SlotStatistics> m_known;
};

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/sensitivity/sensitivities.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/settings/texts.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace bitloom {

/// In the unit of a row of sensitivities().
struct SlotDamage {
    int slot = -1;
    double damage = 0;
};

/// What every way of telling a slot's sensitivity says, on a text of its own: nothing of it depends
/// on which calibration is known, which only saves the measuring anew. Remembers what was measured
/// on the last text. Thread safe.
class Sensitivities {
public:
    explicit Sensitivities(const ModelCalibration& calibration)
        : m_calibration(calibration)
    {
    }
    const ModelCalibration& calibration() const { return m_calibration; }

    /// A row of sensitivities(), measured on a text and kept for the next time. Null: stopped.
    std::shared_ptr<const Sensitivity>
    sensitivityBy(const std::string& metric, const CalibrationSettings& text, Progress& progress);
    /// What the reference choice (SlotErrors::sensitivity) costs every slot by that row; `onSlot`
    /// sees each as it comes. Stopped: the slots so far, none while the text was still being
    /// measured.
    std::vector<SlotDamage> damagesBy(const std::string& metric, const CalibrationSettings& text,
                                      Progress& progress,
                                      const std::function<void(const SlotDamage&)>& onSlot = {});
    /// What any choice costs by that row, for the slots that may have it.
    std::vector<SlotDamage> damagesBy(const std::string& metric, const CalibrationSettings& text,
                                      const SlotChoice& choice, Progress& progress,
                                      const std::function<void(const SlotDamage&)>& onSlot = {});

private:
    using From = std::pair<RecipeCalibration, uint64_t>; ///< text and seed
    /// Null: it is to be measured, on that text from now on.
    std::shared_ptr<const Sensitivity> find(const std::string& metric, const From& from);

    const ModelCalibration& m_calibration;
    std::mutex m_mutex; ///< guards what follows
    From m_from;
    std::map<std::string, std::shared_ptr<const Sensitivity>> m_known; ///< by metric
};

} // namespace bitloom

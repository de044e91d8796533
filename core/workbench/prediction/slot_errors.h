// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/workbench/session/model_calibration.h"
#include "core/workbench/session/recalibration.h"
#include "core/workbench/session/slot_error.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace bitloom {

/// What choices do to single slots, by the calibration as it is known; remembered until that is
/// another. Thread safe.
class SlotErrors {
public:
    explicit SlotErrors(const ModelCalibration& calibration)
        : m_calibration(calibration)
    {
    }

    /// `exact` false: a row sample for very large slots.
    SlotError slotError(int slot, const Encoding& encoding, bool exact, Progress& progress,
                        const std::vector<TransformStep>& transforms = {});
    /// Damage of the reference choice the sensitivity bars show: 4-bit (int4-g32-sym, nearest).
    double sensitivity(int slot, Progress& progress);
    /// Error of a choice at some precision; exact results serve every request.
    SlotError slotError(const TransformedModel& model, int slot, const Encoding& encoding,
                        const Precision& precision, int threads, Progress& progress);

    /// What is known at some precision of the slots of a variant.
    struct Remembered {
        std::vector<PredictedTerm> terms;
        std::vector<SlotKey> unknown;
    };
    Remembered remembered(const VariantKey& variant, const Precision& precision,
                          const KnownCalibration& known);

private:
    // With the mutex held:
    /// Forgets what was found by another calibration. Asked by one that is older than what is kept,
    /// it forgets too: that costs time, once, and never gives a figure of the wrong one.
    void forgetUnlessOf(const KnownCalibration& known);
    std::optional<SlotError> find(const SlotKey& key, const Precision& precision) const;

    const ModelCalibration& m_calibration;
    std::mutex m_mutex;    ///< guards what follows
    int64_t m_version = 0; ///< of the calibration that these were found by
    std::map<SlotKey, SlotError> m_exact;
    std::map<std::pair<SlotKey, int64_t>, SlotError> m_sampled; ///< and sample size
};

} // namespace bitloom

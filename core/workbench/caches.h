// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private: what a Workbench remembers.

#include "core/workbench/engine_cache.h"
#include "core/workbench/reference_cache.h"
#include "core/workbench/slot_error.h"
#include "core/workbench/workbench.h"

#include <map>
#include <mutex>
#include <optional>
#include <tuple>

namespace bitloom {

/// Slot, scheme, method, clip range: all that the error of a choice depends on.
using ErrorKey =
    std::tuple<int, std::string, std::string, std::optional<double>, std::optional<double>>;
ErrorKey errorKey(int slot, const SlotChoice& choice);

struct Workbench::Caches {
    Caches(std::shared_ptr<const Model> model, EngineFactory factory)
        : engines(std::move(model), std::move(factory))
    {
    }
    /// Error of a choice at some precision; exact results serve every request.
    SlotError slotError(const Model& model, int slot, const SlotChoice& choice,
                        const Precision& precision, int threads, Progress& progress);

    /// Null before they were measured.
    std::shared_ptr<const InputMoments> inputs();
    void setInputs(std::shared_ptr<const InputMoments> measured, const CalibrationSettings& text);

    ReferenceCache references;
    EngineCache engines;
    std::mutex mutex; ///< guards all below
    std::map<int, SlotStatistics> statistics;
    std::shared_ptr<const Fisher> fisher;
    std::shared_ptr<const InputMoments> moments;
    RecipeCalibration momentsFrom;
    int64_t measurement = 0; ///< grows with each Fisher and moments: late results are not kept
    std::string calibrationText;
    std::map<ErrorKey, SlotError> exactErrors;
    std::map<std::pair<ErrorKey, int64_t>, SlotError> sampledErrors; ///< and sample size

    void forgetErrors(); ///< with the mutex held

private:
    std::optional<SlotError> remembered(const ErrorKey& key, const Precision& precision);
};

/// Error naming what is missing when the model is inspect-only.
void requireRunnable(const Model& model, std::string_view operation);

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private: what a Workbench remembers.

#include "core/files/store/content_hash.h"
#include "core/files/store/measurement_store.h"
#include "core/workbench/session/engine_cache.h"
#include "core/workbench/session/recalibration.h"
#include "core/workbench/session/reference_cache.h"
#include "core/workbench/session/slot_error.h"
#include "core/workbench/session/weight_check.h"
#include "core/workbench/session/workbench.h"
#include "core/workbench/settings/trial.h"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace bitloom {

struct Workbench::Caches {
    Caches(std::shared_ptr<const Model> model, EngineFactory factory)
        : opened(model)
        , engines(std::move(model), std::move(factory))
        , content(opened->checkpoint, userStore.notes())
    {
    }
    /// Where measurements of this model are kept, and those kept before are found: the one way to
    /// them. Waits until all of the model was read once, and brings in the kept trials. Keeps
    /// nothing where the user wants nothing kept, after a stop, and while somebody writes to the
    /// model.
    MeasurementStore store(Progress& progress);
    /// Error of a choice at some precision; exact results serve every request.
    SlotError slotError(const TransformedModel& model, int slot, const Encoding& encoding,
                        const Precision& precision, int threads, Progress& progress);

    /// What is known at some precision of the slots of a variant, and by what the rest can be
    /// found.
    struct Known {
        std::vector<PredictedPart> parts;
        std::vector<SlotKey> unknown;
        std::shared_ptr<const Fisher> fisher;
        std::shared_ptr<const InputMoments> moments;
        std::shared_ptr<const Recalibration> recalibration;
    };
    Known known(const VariantKey& variant, const Precision& precision);

    /// Error naming what is missing when the model is inspect-only, or its first weight that is not
    /// finite.
    void requireComputable(const Model& model, std::string_view operation, Progress& progress);

    /// What FitPlan asks, by weights that were looked at (requireComputable).
    std::function<bool(int slot, const SlotChoice& choice)> holding(const Model& model);

    /// Error when there are steps, and the inputs are not known.
    TransformedModel transformed(const std::vector<TransformStep>& steps);
    void setInputs(std::shared_ptr<const InputMoments> measured, const CalibrationSettings& text,
                   const RecipeCalibration& from);

    const std::shared_ptr<const Model> opened;
    const MeasurementStore userStore = MeasurementStore::ofUser();
    WeightCheck weights;
    ReferenceCache references;
    EngineCache engines;
    ContentHash content;
    std::mutex planning; ///< held while factors are made, so that nobody makes them too
    std::mutex mutex;    ///< guards all below
    std::map<int, SlotStatistics> statistics;
    /// By the steps, of the inputs as known now.
    std::map<std::vector<TransformStep>, TransformedModel> transformedModels;
    std::shared_ptr<const Fisher> fisher;
    std::shared_ptr<const InputMoments> moments;
    RecipeCalibration momentsFrom;
    int64_t measurement = 0; ///< grows with each Fisher and moments: late results are not kept
    Corpus calibrationText;
    Trials trials; ///< by the background lane, and kept ones
    bool keptTrialsKnown = false;
    std::map<VariantKey, Trial> judged; ///< by judgements and fits
    /// By all of these but the measurement of one recipe; but none where that is empty.
    std::map<VariantKey, std::shared_ptr<const Recalibration>> recalibrations;
    int64_t knowledge = 0; ///< grows with all that the recalibrations depend on
    std::map<std::string, std::shared_ptr<const Sensitivity>> sensitivities; ///< by metric
    std::pair<RecipeCalibration, uint64_t> sensitivitiesFrom;                ///< text and seed
    std::map<SlotKey, SlotError> exactErrors;
    std::map<std::pair<SlotKey, int64_t>, SlotError> sampledErrors; ///< and sample size

    // With the mutex held:
    void forgetErrors();
    void forgetRecalibration()
    {
        recalibrations.clear();
        ++knowledge;
    }
    /// What is known of the recipes and slots that were measured, each once, the surest.
    std::map<VariantKey, Estimate> measured() const;
    bool isMeasured(const VariantKey& variant) const;
    /// Of a variant that was measured, as it was before that.
    std::optional<PriorPrediction> prior(const VariantKey& variant) const;
    /// False: it depends on inputs that are not those measured last.
    bool isOfTheseInputs(const VariantKey& variant) const;

private:
    void addKeptTrials(const MeasurementStore& kept);
    std::optional<SlotError> remembered(const SlotKey& key, const Precision& precision);
};

/// Error naming what is missing when the model is inspect-only.
void requireRunnable(const Model& model, std::string_view operation);

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/fisher/fisher.h"
#include "core/quantize/methods/input_moments.h"
#include "core/quantize/recipe/recipe.h"
#include "core/quantize/variant/variant.h"
#include "core/workbench/session/opened_model.h"
#include "core/workbench/settings/texts.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace bitloom {

/// What a calibration text says of a model, all of it as it was at one moment.
struct KnownCalibration {
    /// A text, and how it was cut.
    struct Source {
        Corpus text;
        RecipeCalibration cut;

        bool operator==(const Source&) const = default;
    };
    std::shared_ptr<const Fisher> fisher; ///< null before it was measured
    Source fisherFrom;                    ///< its text is empty where somebody else measured it
    std::shared_ptr<const InputMoments> inputs; ///< null before they were measured
    Source inputsFrom; ///< another than the Fisher's after an analysis that was stopped in between
    /// Grows with each Fisher and each inputs. A service above keeps beside its cache the version
    /// that it was made by: what is of another one is forgotten when it is next looked at, so that
    /// nothing here has to know who remembers what.
    int64_t version = 0;
    int64_t inputsVersion = 0; ///< grows with each inputs alone
    /// By the transforms that scale values; of the same text as the Fisher.
    std::map<std::vector<TransformStep>, std::shared_ptr<const ActivationDamages>> transformed;

    /// What quantizing values costs after these transforms: nothing of values that they scale,
    /// before that was measured.
    ActivationDamages activationsAfter(const Graph& graph,
                                       const std::vector<TransformStep>& steps) const;
};

/// What a calibration text says of an opened model: the second moments of the inputs of its slots
/// and the Fisher factors; and the variants of the model that are made with that. Thread safe.
class ModelCalibration {
public:
    explicit ModelCalibration(const OpenedModel& opened)
        : m_opened(opened)
    {
    }
    const OpenedModel& opened() const { return m_opened; }
    const Model& model() const { return m_opened.model(); }

    /// Measures and keeps the second moments of the inputs, by which damages see correlated errors
    /// and which methods like GPTQ need; with `through` as layers see them behind those that this
    /// recipe encodes (measureInputMoments). False: stopped before there was anything to keep.
    bool measureInputs(const CalibrationSettings& text, Progress& progress,
                       const Recipe* through = nullptr);
    /// The same, and the Fisher factors; `onWindow` sees the running result.
    Fisher measureSensitivity(const CalibrationSettings& text, Progress& progress,
                              const std::function<void(const Fisher&)>& onWindow = {});
    void setFisher(Fisher fisher) { setFisher(std::move(fisher), {}); }
    /// Whether a recipe quantizes values that its transforms scale, so that what this costs is to
    /// be measured anew. False before the Fisher factors were measured, and for somebody else's.
    bool needsActivations(const Recipe& recipe) const;
    /// Measures that, where it is needed, on what the Fisher factors were measured on. False:
    /// stopped, or others came meanwhile.
    bool measureActivations(const Recipe& recipe, Progress& progress);

    KnownCalibration known() const;
    std::optional<Fisher> fisher() const;
    /// Null before they were measured.
    std::shared_ptr<const InputMoments> inputs() const;
    /// False while a choice needs inputs that were not measured.
    bool canEncode(const SlotChoice& choice) const;
    /// False while something in the recipe needs inputs that were not measured.
    bool canEncode(const Recipe& recipe) const { return !recipe.needsCalibration() || inputs(); }
    /// As for a choice, and false where the slot's weights are too large for the scheme.
    bool canEncode(int slot, const SlotChoice& choice) const;
    /// The model after some transforms, with what is known of its inputs now. Error when there are
    /// transforms and it is not known.
    TransformedModel transformed(const std::vector<TransformStep>& steps = {}) const;
    /// The same, where finding the factors of the transforms takes a while: all weights that they
    /// change are read. nullopt: stopped.
    std::optional<TransformedModel> transformed(const std::vector<TransformStep>& steps,
                                                Progress& progress) const;
    /// The model under a recipe, by what is known of its inputs now.
    Variant variant(const Recipe& recipe) const;
    std::optional<Variant> variant(const std::optional<Recipe>& recipe) const;
    /// The recipe with the calibration that its methods need: the one measured, or its own before
    /// there is one; without where no method needs one.
    Recipe calibrated(Recipe recipe) const;
    /// Error when a text shares lines with what the inputs or the sensitivity were measured on.
    void requireHeldOut(const EvaluationSettings& text) const;

private:
    bool measureInputs(const std::vector<Window>& windows, const CalibrationSettings& text,
                       Progress& progress, const Recipe* through);
    void setInputs(std::shared_ptr<const InputMoments> measured, KnownCalibration::Source from);
    void setFisher(Fisher fisher, KnownCalibration::Source from);

    const OpenedModel& m_opened;
    mutable std::mutex m_planning; ///< held while factors are made, so that nobody makes them too
    mutable std::mutex m_mutex;    ///< guards what follows; taken after m_planning
    KnownCalibration m_known;
    /// By the steps, of the inputs as known now.
    mutable std::map<std::vector<TransformStep>, TransformedModel> m_transformed;
};

} // namespace bitloom

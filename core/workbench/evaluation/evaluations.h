// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/statistics/error_growth.h"
#include "core/workbench/prediction/predictions.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/session/reference_cache.h"
#include "core/workbench/settings/engine_use.h"
#include "core/workbench/settings/evaluation.h"
#include "core/workbench/settings/texts.h"

#include <optional>

namespace bitloom {

/// Evaluates the network, original or under a recipe, and tells predictions what was found.
/// Remembers what the original said over the last text (ReferenceCache, which has a lock of its
/// own). Thread safe.
class Evaluations {
public:
    explicit Evaluations(Predictions& predictions)
        : m_predictions(predictions)
    {
    }

    /// Evaluates what the network is asked for. With a recipe: quantized against original. `used`
    /// is filled in.
    Evaluation evaluate(const std::optional<Recipe>& recipe, const EvaluationSettings& settings,
                        Progress& progress, EngineUse& used);
    /// Evaluates a language model.
    TextEvaluation evaluateText(const std::optional<Recipe>& recipe,
                                const EvaluationSettings& settings, Progress& progress,
                                EngineUse& used);
    /// Evaluates a network that reads sentences (Graph::readsWholeTexts); the text may name their
    /// classes (readLabelledText). `settings.windows.windows`: sentences at most.
    SentenceEvaluation evaluateSentences(const std::optional<Recipe>& recipe,
                                         const EvaluationSettings& settings, Progress& progress,
                                         EngineUse& used);
    /// How the error grows along the depth, over the text or sentences of an evaluation; computed
    /// by Torch, whose values can be looked at.
    ErrorGrowth errorGrowth(const Recipe& recipe, const EvaluationSettings& settings,
                            Progress& progress);

private:
    const ModelCalibration& calibration() const { return m_predictions.calibration(); }
    const OpenedModel& opened() const { return calibration().opened(); }
    const Model& model() const { return calibration().model(); }

    Predictions& m_predictions;
    ReferenceCache m_references;
};

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/statistics/error_growth.h"
#include "core/workbench/prediction/predictions.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/session/reference_cache.h"
#include "core/workbench/settings/engine_use.h"
#include "core/workbench/settings/quality.h"
#include "core/workbench/settings/texts.h"

#include <optional>

namespace bitloom {

/// Judges the network, original or under a recipe, and tells predictions what was found. Remembers
/// what the original said over the last text (ReferenceCache, which has a lock of its own). Thread
/// safe.
class Evaluations {
public:
    explicit Evaluations(Predictions& predictions)
        : m_predictions(predictions)
    {
    }

    /// Judges what the network is asked for. With a recipe: quantized against original. `used` is
    /// filled in.
    Quality judge(const std::optional<Recipe>& recipe, const JudgeSettings& settings,
                  Progress& progress, EngineUse& used);
    /// Judges a language model.
    Judgement judgeText(const std::optional<Recipe>& recipe, const JudgeSettings& settings,
                        Progress& progress, EngineUse& used);
    /// Judges a network that reads sentences (Graph::readsWholeTexts); the text may name their
    /// classes (readLabelledText). `settings.windows.windows`: sentences at most.
    SentenceJudgement judgeSentences(const std::optional<Recipe>& recipe,
                                     const JudgeSettings& settings, Progress& progress,
                                     EngineUse& used);
    /// How the error grows along the depth, over the text or sentences of a judgement; computed by
    /// Torch, whose values can be looked at.
    ErrorGrowth errorGrowth(const Recipe& recipe, const JudgeSettings& settings,
                            Progress& progress);

private:
    const ModelCalibration& calibration() const { return m_predictions.calibration(); }
    const OpenedModel& opened() const { return calibration().opened(); }
    const Model& model() const { return calibration().model(); }

    Predictions& m_predictions;
    ReferenceCache m_references;
};

} // namespace bitloom

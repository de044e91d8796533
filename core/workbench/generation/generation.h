// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/text/labelled_text.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/settings/engine_use.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace bitloom {

struct GenerateSettings {
    std::string prompt;
    int64_t tokens = 100;
    double temperature = 0; ///< 0: greedy
    int topK = 0;           ///< 0: off
    double topP = 1;
    uint64_t seed = 1;
    std::string engine;
};

/// What an encoder makes of a text, sentence by sentence.
struct Embeddings {
    std::vector<std::string> sentences;
    Matrix rows;          ///< [sentences done, width of the output]
    int64_t cut = 0;      ///< sentences longer than the context
    bool complete = true; ///< false: stopped early
};

/// Receives a piece of text (whole UTF-8 characters) and the id it came from.
using TokenSink = std::function<void(const std::string& piece, int32_t id)>;

/// What the network says, original or under a recipe. Keeps nothing but the engines
/// (OpenedModel::engines), so it needs no lock. Thread safe.
class Generation {
public:
    explicit Generation(const ModelCalibration& calibration)
        : m_calibration(calibration)
    {
    }

    /// The network's output for every sentence: embeddings, or logits of classes.
    Embeddings embed(const std::optional<Recipe>& recipe, const LabelledText& sentences,
                     const std::string& engine, Progress& progress, EngineUse& used);
    /// The outputs for texts of which some value is given (Engine::encode); nothing when stopped.
    Matrix runGiven(const std::optional<Recipe>& recipe, const TextBatch& batch,
                    const std::string& engine, Progress& progress, EngineUse& used);
    /// Returns the continuation. Stops at `tokens`, an end token, the context, or the progress.
    std::string generate(const std::optional<Recipe>& recipe, const GenerateSettings& settings,
                         const TokenSink& sink, Progress& progress, EngineUse& used);

private:
    const OpenedModel& opened() const { return m_calibration.opened(); }
    const Model& model() const { return m_calibration.model(); }

    const ModelCalibration& m_calibration;
};

} // namespace bitloom

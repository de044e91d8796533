// SPDX-License-Identifier: GPL-3.0-or-later
// What `evaluate` says of a comparison, and what it does for networks that do not predict the next
// token and on given values.
#pragma once

#include "app/cli/options.h"
#include "app/cli/output_options.h"
#include "core/analyze/evaluation/text_evaluation.h"

#include <nlohmann/json.hpp>
#include <string>

namespace bitloom {

/// `name` and `name`_standard_error; printed where it was added.
void addEstimate(nlohmann::ordered_json& result, const std::string& name, const Estimate& estimate);
void printEstimate(const nlohmann::ordered_json& result, const char* title,
                   const std::string& name);

/// The figures of quantized against original over a text.
void addComparison(nlohmann::ordered_json& result, const TextEvaluation& evaluation);
void printComparison(const nlohmann::ordered_json& result);

/// How the error grows along the depth.
nlohmann::ordered_json depthResult(Workbench& workbench, const Recipe& recipe,
                                   const EvaluationSettings& settings, bool progress);
void printDepth(const nlohmann::ordered_json& depth);

/// Evaluates classes or embeddings of the sentences of a text.
nlohmann::ordered_json sentenceResult(Workbench& workbench, const std::optional<Recipe>& recipe,
                                      const EvaluationSettings& settings, bool progress);
void printSentences(const nlohmann::ordered_json& result);

/// --inputs, and with it --at and -o.
struct GivenOptions {
    std::string inputs;   ///< a safetensors file: each tensor is a text
    std::string at;       ///< the value they are; empty: the network's input
    OutputOptions output; ///< for the outputs, under the same names; not given: to the terminal

    /// Declares --at and -o.
    void add(CLI::App& command);
};
/// Feeds the tensors and writes or prints what comes out.
nlohmann::ordered_json givenResult(Workbench& workbench, const std::optional<Recipe>& recipe,
                                   const GivenOptions& options, const std::string& engine,
                                   bool progress);
void printGiven(const nlohmann::ordered_json& result);

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/evaluation/sentence_evaluation.h"
#include "core/analyze/evaluation/text_evaluation.h"
#include "core/workbench/settings/trial.h"

#include <optional>
#include <string>
#include <variant>

namespace bitloom {

/// What quantizing costs a kind of output: the damage predicts it, an evaluation measures it.
struct Quantity {
    const char* name; ///< "KL", "1 − cosine"
    const char* unit; ///< "nats per token"; empty: a plain number
};
const Quantity& quantityOf(OutputKind output);
/// "KL, nats per token".
std::string quantityTitle(OutputKind output);

/// "windows of 128 tokens", "lines of at most 128 tokens", "sentences of at most 512 tokens";
/// `context`: 0: the network's.
std::string examplesOf(const Graph& graph, int64_t context, bool lines = false);

/// What was found, whatever the network is asked for.
struct Evaluation {
    std::variant<TextEvaluation, SentenceEvaluation> figures;
    /// What had been predicted of the divergence before it was first measured.
    std::optional<PriorPrediction> predicted = std::nullopt;

    const TextEvaluation* ofText() const { return std::get_if<TextEvaluation>(&figures); }
    const SentenceEvaluation* ofSentences() const
    {
        return std::get_if<SentenceEvaluation>(&figures);
    }
    /// The measured twin of the predicted damage (quantityOf); 0 when nothing was compared.
    Estimate divergence() const;
    int64_t count() const; ///< predictions or sentences
    bool complete() const; ///< false: stopped early
    bool compared() const; ///< quantized against original
};

} // namespace bitloom

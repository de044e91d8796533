// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/numerics/estimate.h"
#include "core/analyze/text/sentences.h"
#include "core/base/progress.h"
#include "core/network/engine/engine.h"

#include <cstdint>

namespace bitloom {

/// An evaluation over sentences. Comparisons are of quantized against original.
struct SentenceEvaluation {
    OutputKind kind = OutputKind::Class;
    int64_t examples = 0;
    int64_t cut = 0;       ///< sentences longer than the context
    bool complete = true;  ///< false: stopped early; figures cover what was done
    bool labelled = false; ///< Class: the text names the classes
    bool compared = false;
    Estimate accuracy;
    Estimate f1; ///< two classes: of class 1; else the mean over the classes (macro)
    Estimate originalAccuracy;
    Estimate kl;        ///< Class: KL(original ‖ quantized), nats per sentence
    Estimate agreement; ///< Class: share of sentences with the same most likely class
    Estimate cosine;    ///< Embedding: between original and quantized
    double cosineMin = 1;
};

/// Scores `evaluated`; with `reference` also compares the two, sentence by sentence.
SentenceEvaluation evaluateSentences(Engine& evaluated, Engine* reference, const Graph& graph,
                                     const Sentences& sentences, Progress& progress);

/// F1 of class 1 among two classes, else the mean over all classes that occur. Labels and
/// predictions by example. The standard error is the jackknife's (Efron and Stein 1981).
Estimate f1Score(const std::vector<int>& labels, const std::vector<int>& predictions, int classes);

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/text.h"
#include "core/network/engine.h"
#include "core/progress.h"

#include <optional>
#include <vector>

namespace bitloom {

/// Quality over a text. The comparison figures are of quantized against original.
struct Judgement {
    double perplexity = 0;
    double standardError = 0;      ///< of the perplexity: perplexity · sd(nll) / √tokens
    double accuracy = 0;           ///< share of predicted tokens that were the most likely one
    int64_t tokens = 0;            ///< predictions scored
    int64_t droppedCharacters = 0; ///< of the text, which the vocabulary lacks
    bool complete = true;          ///< false: stopped early; figures cover what was done
    bool compared = false;
    double originalPerplexity = 0;
    double klMean = 0; ///< KL(original ‖ quantized), nats per token
    double klStandardError = 0;
    double klP99 = 0;
    double topAgreement = 0; ///< share of predictions with the same most likely token
};

/// Scores `judged`; with `reference` also compares the two distributions, prediction by prediction.
/// Memory: one window's logits of each.
Judgement judge(Engine& judged, Engine* reference, const std::vector<Window>& windows,
                Progress& progress);

} // namespace bitloom

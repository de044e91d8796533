// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/evaluation/cached_reference.h"
#include "core/analyze/numerics/estimate.h"
#include "core/analyze/text/text.h"
#include "core/base/progress.h"
#include "core/network/engine/engine.h"

#include <array>
#include <vector>

namespace bitloom {

/// Where the distribution of KL over the predictions is read.
struct KlQuantile {
    const char* key;   ///< in JSON, after "kl_"
    const char* title; ///< for people
    double share;      ///< of the predictions that diverge less
    bool brief;        ///< said also where there is little room
};
inline constexpr std::array<KlQuantile, 6> kKlQuantiles = {{{"median", "median", 0.5, true},
                                                            {"p90", "90 %", 0.9, false},
                                                            {"p95", "95 %", 0.95, false},
                                                            {"p99", "99 %", 0.99, true},
                                                            {"p999", "99.9 %", 0.999, false},
                                                            {"maximum", "maximum", 1, false}}};

/// Mean KL of the predictions made after `first` to `last` tokens of their windows.
struct KlStretch {
    int64_t first = 0;
    int64_t last = 0;
    int64_t predictions = 0;
    double kl = 0;
};

/// An evaluation over a text. The comparison figures are of quantized against original. Standard
/// errors are over blocks of text (textBlocks, blockMean), since neighbouring tokens hang together.
struct TextEvaluation {
    double perplexity = 0;
    double standardError = 0;      ///< of the perplexity: perplexity · that of the mean nll
    double accuracy = 0;           ///< share of predicted tokens that were the most likely one
    int64_t tokens = 0;            ///< predictions scored
    int64_t blocks = 0;            ///< of text, that the standard errors count
    int64_t droppedCharacters = 0; ///< of the text, which the vocabulary lacks
    bool complete = true;          ///< false: stopped early; figures cover what was done
    bool compared = false;
    double originalPerplexity = 0;
    /// ln(perplexity / original's): the mean of the differences token by token. Its standard error
    /// is the paired one, far smaller than that of either perplexity.
    Estimate logPerplexityRatio;
    Estimate kl;        ///< KL(original ‖ quantized), nats per token
    Estimate reverseKl; ///< KL(quantized ‖ original), nats per token
    std::array<double, kKlQuantiles.size()> klQuantiles{}; ///< of KL(original ‖ quantized)
    Estimate topAgreement;     ///< share of predictions with the same most likely token
    Estimate topFiveAgreement; ///< whose original top token is among the quantized top five
    /// How many of the original's likeliest tokens were compared at every prediction, all others as
    /// one: both divergences are lower bounds (CachedReference). 0: all were, nothing is lost.
    int64_t cachedTokens = 0;
    double restMass = 0;            ///< mean probability of those others
    std::vector<KlStretch> klAlong; ///< along the windows, kMostStretches at most
    std::vector<BlockSum> klBlocks; ///< of text, in order: what a paired difference is made of
};
inline constexpr int64_t kMostStretches = 16;

/// Scores `evaluated`; with `reference` also compares the two distributions, prediction by
/// prediction. Memory: one window's logits of each. With `cached` the rows cached there stand for
/// the reference's: windows it lacks are run and added; the reference may be null where it lacks
/// none. Error when a logit is not finite.
TextEvaluation evaluate(Engine& evaluated, Engine* reference, const std::vector<Window>& windows,
                        Progress& progress, CachedReference* cached = nullptr);

} // namespace bitloom

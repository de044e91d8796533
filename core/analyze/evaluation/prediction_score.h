// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/evaluation/cached_reference.h"
#include "core/analyze/text/text.h"
#include "core/base/tensor.h"

#include <cstdint>
#include <vector>

namespace bitloom {

/// What one prediction adds to an evaluation. Nats.
struct PredictionScore {
    int64_t position = 0; ///< in its window: tokens seen before the one predicted
    double nll = 0;       ///< −ln of the probability of the token that came
    bool right = false;   ///< that token was the most likely one
    /// Against the original; zeros without one.
    double originalNll = 0;
    double kl = 0;        ///< KL(original ‖ evaluated)
    double reverseKl = 0; ///< KL(evaluated ‖ original)
    bool sameTop = false; ///< both hold the same token for the most likely one
    /// The original's most likely token is one of the evaluated top five
    bool topAmongFive = false;
};

/// Scores of a window's predictions, in order. `evaluated`, and `original` where there is one:
/// [positions, vocabulary] logits of every token but the last.
std::vector<PredictionScore> scoreWindow(const Window& window, const Matrix& evaluated,
                                         const Matrix* original);
/// Scores them against what is kept of the original over window `index`.
std::vector<PredictionScore> scoreWindow(const Window& window, const Matrix& evaluated,
                                         const CachedReference& original, size_t index);

} // namespace bitloom

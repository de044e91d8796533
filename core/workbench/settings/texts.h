// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/text/corpus.h"
#include "core/quantize/recipe/recipe.h"

#include <cstdint>
#include <string>

namespace bitloom {

/// What a model is calibrated on.
struct CalibrationSettings {
    Corpus text;
    std::string textName;  ///< for people and reports
    int64_t context = 128; ///< tokens a window, at most
    int64_t windows = 160;
    bool lines = false; ///< every line is a window (TextSettings::lines)
    uint64_t seed = 1;
};

/// What a recipe says of a calibration.
RecipeCalibration recipeCalibration(const CalibrationSettings& text);

/// What a model is evaluated on.
struct EvaluationSettings {
    Corpus text;
    std::string textName;
    TextSettings windows;
    std::string engine; ///< "" = best
    /// Memory for what the original said, so that the next recipe is evaluated without running it
    /// again. Where not even kFewestCached tokens of every prediction fit, and not the vocabulary
    /// either, nothing is kept and KL is exact; otherwise it may come out low, by less than 1 % on
    /// the bundled sample (CachedReference, TextEvaluation::cachedTokens). 0: nothing.
    int64_t cacheBytes = int64_t{128} << 20;
    static constexpr int64_t kFewestCached = 1024;
};

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/model/model.h"
#include "core/workbench/settings/texts.h"

#include <vector>

namespace bitloom {

/// What a model is calibrated on: windows of text, or the text's sentences.
std::vector<Window> calibrationExamples(const Model& model, const CalibrationSettings& text);

/// What a model is evaluated on. `dropped` receives the characters that the tokenizer left out.
std::vector<Window> evaluationExamples(const Model& model, const EvaluationSettings& settings,
                                       int64_t* dropped = nullptr);

/// Error when `text` shares lines with what the sensitivity was measured on.
void requireFreshText(const Corpus& calibration, const EvaluationSettings& settings);

} // namespace bitloom

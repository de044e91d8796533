// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/calibration.h"

#include "core/analyze/text/sentences.h"
#include "core/base/error.h"

#include <algorithm>

namespace bitloom {

std::vector<Window> calibrationExamples(const Model& model, const CalibrationSettings& text)
{
    const Graph& graph = model.graph;
    const int64_t context = std::min(text.context, graph.contextLength);
    if (graph.readsWholeTexts())
        return sentenceWindows(readSentences(*model.tokenizer, text.text, context, graph.labels,
                                             text.windows, text.textName));
    TextSettings settings;
    settings.context = context;
    settings.windows = text.windows;
    settings.lines = text.lines;
    return makeWindows(*model.tokenizer, text.text, graph.contextLength, settings);
}

std::vector<Window> evaluationExamples(const Model& model, const JudgeSettings& settings,
                                       int64_t* dropped)
{
    const Graph& graph = model.graph;
    if (graph.readsWholeTexts())
        return sentenceWindows(readSentences(*model.tokenizer, settings.text, graph.contextLength,
                                             graph.labels, settings.windows.windows,
                                             settings.textName));
    return makeWindows(*model.tokenizer, settings.text, graph.contextLength, settings.windows,
                       dropped);
}

void requireFreshText(const std::string& calibration, const JudgeSettings& settings)
{
    if (textsOverlap(calibration, settings.text))
        throw Error("judge", "the text " + settings.textName +
                                 " shares lines with the calibration text, so the judgement "
                                 "would flatter the recipe");
}

} // namespace bitloom

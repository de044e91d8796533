// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/session/calibration.h"

#include "core/base/error.h"

#include <algorithm>

namespace bitloom {

std::vector<Window> calibrationExamples(const Model& model, const CalibrationSettings& text)
{
    const Graph& graph = model.graph;
    const int64_t context = std::min(text.context, graph.contextLength);
    if (graph.readsWholeTexts())
        return sentenceWindows(*text.text.sentences(*model.tokenizer, context, graph.labels,
                                                    text.windows, text.textName));
    TextSettings settings;
    settings.context = context;
    settings.windows = text.windows;
    settings.lines = text.lines;
    return text.text.windows(*model.tokenizer, graph.contextLength, settings)->windows;
}

std::vector<Window> evaluationExamples(const Model& model, const EvaluationSettings& settings,
                                       int64_t* dropped)
{
    const Graph& graph = model.graph;
    if (graph.readsWholeTexts())
        return sentenceWindows(*settings.text.sentences(*model.tokenizer, graph.contextLength,
                                                        graph.labels, settings.windows.windows,
                                                        settings.textName));
    const auto cut = settings.text.windows(*model.tokenizer, graph.contextLength, settings.windows);
    if (dropped)
        *dropped = cut->dropped;
    return cut->windows;
}

void requireFreshText(const Corpus& calibration, const EvaluationSettings& settings)
{
    if (textsOverlap(calibration.text(), settings.text.text()))
        throw Error("evaluate", "the text " + settings.textName +
                                    " shares lines with the calibration text, so the evaluation "
                                    "would flatter the recipe");
}

} // namespace bitloom

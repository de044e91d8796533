// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/workbench/evaluation/evaluations.h"
#include "core/workbench/session/calibration.h"
#include "core/workbench/session/engine_pair.h"

namespace bitloom {

namespace {

/// An embedding means nothing alone, and classes nothing without labels or an original.
void requireSomethingToCompare(const Graph& graph, const Sentences& sentences, bool recipe)
{
    if (!recipe && graph.output == OutputKind::Embedding)
        throw Error("evaluate", "embeddings are compared with those of the original; choose a "
                                "recipe or schemes to compare");
    if (!recipe && sentences.text.labels.empty())
        throw Error("evaluate",
                    "the text has no column of known labels, and without a recipe there "
                    "is nothing else to compare with");
}

} // namespace

SentenceEvaluation Evaluations::evaluateSentences(const std::optional<Recipe>& recipe,
                                                  const EvaluationSettings& settings,
                                                  Progress& progress, EngineUse& used)
{
    requireSentences(model(), "evaluate");
    opened().requireFiniteWeights("evaluate", progress);
    if (recipe)
        calibration().requireHeldOut(settings);
    const Graph& graph = model().graph;
    const std::shared_ptr<const Sentences> sentences =
        settings.text.sentences(*model().tokenizer, graph.contextLength, graph.labels,
                                settings.windows.windows, settings.textName);
    requireSomethingToCompare(graph, *sentences, recipe.has_value());
    const auto engines = EnginePair::lease(opened().engines(), calibration().variant(recipe),
                                           settings.engine, progress);
    if (!engines) {
        SentenceEvaluation stopped;
        stopped.complete = false;
        return stopped;
    }
    const SentenceEvaluation result = bitloom::evaluateSentences(
        engines->evaluated(), engines->reference(), graph, *sentences, progress);
    used = engines->use();
    return result;
}

} // namespace bitloom

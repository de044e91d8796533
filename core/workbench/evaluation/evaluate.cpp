// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/base/stop_only.h"
#include "core/workbench/evaluation/evaluations.h"
#include "core/workbench/session/calibration.h"
#include "core/workbench/session/engine_pair.h"

namespace bitloom {

namespace {

/// Of every prediction; 0: nothing is worth keeping.
int64_t cachedTokens(const Graph& graph, const std::vector<Window>& windows,
                     const EvaluationSettings& settings)
{
    const int64_t tokens =
        CachedReference::tokensIn(settings.cacheBytes, windows, graph.vocabulary);
    return tokens >= std::min(EvaluationSettings::kFewestCached, graph.vocabulary) ? tokens : 0;
}

} // namespace

TextEvaluation Evaluations::evaluateText(const std::optional<Recipe>& recipe,
                                         const EvaluationSettings& settings, Progress& progress,
                                         EngineUse& used)
{
    opened().requireComputable("evaluate", progress);
    if (model().graph.readsWholeTexts())
        throw Error("evaluate", "this model reads whole sentences; it has no perplexity");
    if (recipe)
        calibration().requireHeldOut(settings);
    int64_t dropped = 0;
    const std::vector<Window> windows = evaluationExamples(model(), settings, &dropped);
    ReferenceCache::Key key{windows, settings.engine,
                            cachedTokens(model().graph, windows, settings)};
    std::optional<CachedReference> cached;
    if (recipe && key.tokens > 0)
        cached = m_references.take(key);
    const bool known = cached && cached->windows() == windows.size();
    const auto engines = EnginePair::lease(opened().engines(), calibration().variant(recipe),
                                           settings.engine, progress, known);
    TextEvaluation result;
    result.complete = false;
    if (engines)
        result = bitloom::evaluate(engines->evaluated(), engines->reference(), windows, progress,
                                   cached ? &*cached : nullptr);
    if (cached)
        m_references.put(std::move(key), std::move(*cached));
    if (engines)
        used = engines->use();
    result.droppedCharacters = dropped;
    return result;
}

ErrorGrowth Evaluations::errorGrowth(const Recipe& recipe, const EvaluationSettings& settings,
                                     Progress& progress)
{
    opened().requireComputable("evaluate", progress);
    const std::vector<Window> windows = evaluationExamples(model(), settings);
    const auto engines =
        EnginePair::lease(opened().engines(), calibration().variant(recipe), "torch", progress);
    if (!engines)
        return {.segments = {}, .complete = false};
    return bitloom::errorGrowth(model().graph, *engines->reference(), engines->evaluated(), windows,
                                progress);
}

Evaluation Evaluations::evaluate(const std::optional<Recipe>& recipe,
                                 const EvaluationSettings& settings, Progress& progress,
                                 EngineUse& used)
{
    StopOnly quiet(progress);
    const auto predicted = recipe ? m_predictions.priorPrediction(*recipe, quiet) : std::nullopt;
    Evaluation evaluation = model().graph.readsWholeTexts()
                                ? Evaluation{evaluateSentences(recipe, settings, progress, used)}
                                : Evaluation{evaluateText(recipe, settings, progress, used)};
    evaluation.predicted = predicted;
    if (recipe && evaluation.complete())
        m_predictions.learnFrom(*recipe, evaluation.divergence(), predicted);
    return evaluation;
}

} // namespace bitloom

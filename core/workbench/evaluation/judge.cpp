// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/base/stop_only.h"
#include "core/workbench/evaluation/evaluations.h"
#include "core/workbench/session/calibration.h"
#include "core/workbench/session/engine_pair.h"

namespace bitloom {

namespace {

/// Of every prediction; 0: nothing is worth keeping.
int64_t keptTokens(const Graph& graph, const std::vector<Window>& windows,
                   const JudgeSettings& settings)
{
    const int64_t tokens = KeptReference::tokensIn(settings.keptBytes, windows, graph.vocabulary);
    return tokens >= std::min(JudgeSettings::kFewestKept, graph.vocabulary) ? tokens : 0;
}

} // namespace

Judgement Evaluations::judgeText(const std::optional<Recipe>& recipe, const JudgeSettings& settings,
                                 Progress& progress, EngineUse& used)
{
    opened().requireComputable("judge", progress);
    if (model().graph.readsWholeTexts())
        throw Error("judge", "this model reads whole sentences; it has no perplexity");
    if (recipe)
        calibration().requireHeldOut(settings);
    int64_t dropped = 0;
    const std::vector<Window> windows = evaluationExamples(model(), settings, &dropped);
    ReferenceCache::Key key{windows, settings.engine, keptTokens(model().graph, windows, settings)};
    std::optional<KeptReference> kept;
    if (recipe && key.tokens > 0)
        kept = m_references.take(key);
    const bool known = kept && kept->windows() == windows.size();
    const auto engines = EnginePair::lease(opened().engines(), calibration().variant(recipe),
                                           settings.engine, progress, known);
    Judgement result;
    result.complete = false;
    if (engines)
        result = bitloom::judge(engines->judged(), engines->reference(), windows, progress,
                                kept ? &*kept : nullptr);
    if (kept)
        m_references.put(std::move(key), std::move(*kept));
    if (engines)
        used = engines->use();
    result.droppedCharacters = dropped;
    return result;
}

ErrorGrowth Evaluations::errorGrowth(const Recipe& recipe, const JudgeSettings& settings,
                                     Progress& progress)
{
    opened().requireComputable("judge", progress);
    const std::vector<Window> windows = evaluationExamples(model(), settings);
    const auto engines =
        EnginePair::lease(opened().engines(), calibration().variant(recipe), "torch", progress);
    if (!engines)
        return {.parts = {}, .complete = false};
    return bitloom::errorGrowth(model().graph, *engines->reference(), engines->judged(), windows,
                                progress);
}

Quality Evaluations::judge(const std::optional<Recipe>& recipe, const JudgeSettings& settings,
                           Progress& progress, EngineUse& used)
{
    StopOnly quiet(progress);
    const auto predicted = recipe ? m_predictions.priorPrediction(*recipe, quiet) : std::nullopt;
    Quality quality = model().graph.readsWholeTexts()
                          ? Quality{judgeSentences(recipe, settings, progress, used)}
                          : Quality{judgeText(recipe, settings, progress, used)};
    quality.predicted = predicted;
    if (recipe && quality.complete())
        m_predictions.learnFrom(*recipe, quality.divergence(), predicted);
    return quality;
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/base/stop_only.h"
#include "core/workbench/session/caches.h"
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

Judgement Workbench::judgeText(const std::optional<Recipe>& recipe, const JudgeSettings& settings,
                               Progress& progress, EngineUse& used)
{
    m_caches->requireComputable(*m_model, "judge", progress);
    if (m_model->graph.readsWholeTexts())
        throw Error("judge", "this model reads whole sentences; it has no perplexity");
    if (recipe) {
        const std::scoped_lock lock(m_caches->mutex);
        requireFreshText(m_caches->calibrationText, settings);
    }
    int64_t dropped = 0;
    const std::vector<Window> windows = evaluationExamples(*m_model, settings, &dropped);
    ReferenceCache::Key key{windows, settings.engine,
                            keptTokens(m_model->graph, windows, settings)};
    std::optional<KeptReference> kept;
    if (recipe && key.tokens > 0)
        kept = m_caches->references.take(key);
    const bool known = kept && kept->windows() == windows.size();
    const auto engines =
        EnginePair::lease(m_caches->engines, variant(recipe), settings.engine, progress, known);
    Judgement result;
    result.complete = false;
    if (engines)
        result = bitloom::judge(engines->judged(), engines->reference(), windows, progress,
                                kept ? &*kept : nullptr);
    if (kept)
        m_caches->references.put(std::move(key), std::move(*kept));
    if (engines)
        used = engines->use();
    result.droppedCharacters = dropped;
    return result;
}

ErrorGrowth Workbench::errorGrowth(const Recipe& recipe, const JudgeSettings& settings,
                                   Progress& progress)
{
    m_caches->requireComputable(*m_model, "judge", progress);
    const std::vector<Window> windows = evaluationExamples(*m_model, settings);
    const auto engines = EnginePair::lease(m_caches->engines, variant(recipe), "torch", progress);
    if (!engines)
        return {.parts = {}, .complete = false};
    return bitloom::errorGrowth(m_model->graph, *engines->reference(), engines->judged(), windows,
                                progress);
}

Quality Workbench::judge(const std::optional<Recipe>& recipe, const JudgeSettings& settings,
                         Progress& progress, EngineUse& used)
{
    StopOnly quiet(progress);
    const auto predicted = recipe ? priorPrediction(*recipe, quiet) : std::nullopt;
    Quality quality = m_model->graph.readsWholeTexts()
                          ? Quality{judgeSentences(recipe, settings, progress, used)}
                          : Quality{judgeText(recipe, settings, progress, used)};
    quality.predicted = predicted;
    if (recipe && quality.complete())
        learnFrom(*recipe, quality.divergence(), predicted);
    return quality;
}

} // namespace bitloom

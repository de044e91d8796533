// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/error.h"
#include "core/workbench/caches.h"
#include "core/workbench/calibration.h"
#include "core/workbench/engine_pair.h"

namespace bitloom {

Judgement Workbench::judgeText(const std::optional<Recipe>& recipe, const JudgeSettings& settings,
                               Progress& progress, EngineUse& used)
{
    requireRunnable(*m_model, "judge");
    if (m_model->graph.readsWholeTexts())
        throw Error("judge", "this model reads whole sentences; it has no perplexity");
    if (recipe) {
        const std::scoped_lock lock(m_caches->mutex);
        requireFreshText(m_caches->calibrationText, settings);
    }
    int64_t dropped = 0;
    const std::vector<Window> windows =
        makeWindows(*m_model->tokenizer, settings.text, m_model->graph.contextLength,
                    settings.windows, &dropped);
    const auto engines = EnginePair::lease(m_caches->engines, recipe, settings.engine, progress);
    if (!engines) {
        Judgement stopped;
        stopped.complete = false;
        return stopped;
    }
    Judgement result = bitloom::judge(engines->judged(), engines->reference(), windows, progress);
    result.droppedCharacters = dropped;
    used = engines->use();
    return result;
}

Quality Workbench::judge(const std::optional<Recipe>& recipe, const JudgeSettings& settings,
                         Progress& progress, EngineUse& used)
{
    if (m_model->graph.readsWholeTexts())
        return {judgeSentences(recipe, settings, progress, used)};
    return {judgeText(recipe, settings, progress, used)};
}

} // namespace bitloom

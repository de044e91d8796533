// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/error.h"
#include "core/workbench/caches.h"

namespace bitloom {

Judgement Workbench::judgeText(const std::optional<Recipe>& recipe, const JudgeSettings& settings,
                               Progress& progress, EngineUse& used)
{
    requireRunnable(*m_model, "judge");
    {
        const std::scoped_lock lock(m_caches->mutex);
        if (recipe && textsOverlap(m_caches->calibrationText, settings.text))
            throw Error("judge", "the text " + settings.textName +
                                     " shares lines with the calibration text, so the judgement "
                                     "would flatter the recipe");
    }
    const std::vector<Window> windows = makeWindows(*m_model->tokenizer, settings.text,
                                                    m_model->graph.contextLength, settings.windows);
    Judgement stopped;
    stopped.complete = false;
    const auto original = m_caches->engines.lease(std::nullopt, settings.engine, progress);
    if (!original)
        return stopped;
    if (!recipe) {
        const Judgement result = judge(original->engine(), nullptr, windows, progress);
        used = original->use();
        return result;
    }
    const auto quantized = m_caches->engines.lease(recipe, settings.engine, progress);
    if (!quantized)
        return stopped;
    const Judgement result = judge(quantized->engine(), &original->engine(), windows, progress);
    used = quantized->use();
    used.weightBytes += original->engine().weightBytes();
    if (used.notice.empty())
        used.notice = original->notice();
    return result;
}

} // namespace bitloom

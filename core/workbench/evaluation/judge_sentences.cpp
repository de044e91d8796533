// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/workbench/session/caches.h"
#include "core/workbench/session/calibration.h"
#include "core/workbench/session/engine_pair.h"

namespace bitloom {

namespace {

void requireSentences(const Model& model, std::string_view operation)
{
    requireRunnable(model, operation);
    if (!model.graph.readsWholeTexts())
        throw Error(std::string(operation),
                    "this is a language model; it predicts tokens and has no sentences");
}

/// An embedding means nothing alone, and classes nothing without labels or an original.
void requireSomethingToCompare(const Graph& graph, const Sentences& sentences, bool recipe)
{
    if (!recipe && graph.output == OutputKind::Embedding)
        throw Error("judge", "embeddings are judged against those of the original; choose a "
                             "recipe or schemes to compare");
    if (!recipe && sentences.text.labels.empty())
        throw Error("judge", "the text has no column of known labels, and without a recipe there "
                             "is nothing else to compare with");
}

} // namespace

SentenceJudgement Workbench::judgeSentences(const std::optional<Recipe>& recipe,
                                            const JudgeSettings& settings, Progress& progress,
                                            EngineUse& used)
{
    requireSentences(*m_model, "judge");
    m_caches->weights.require(*m_model, "judge", progress);
    if (recipe) {
        const std::scoped_lock lock(m_caches->mutex);
        requireFreshText(m_caches->calibrationText, settings);
    }
    const Graph& graph = m_model->graph;
    const std::shared_ptr<const Sentences> sentences =
        settings.text.sentences(*m_model->tokenizer, graph.contextLength, graph.labels,
                                settings.windows.windows, settings.textName);
    requireSomethingToCompare(graph, *sentences, recipe.has_value());
    const auto engines =
        EnginePair::lease(m_caches->engines, variant(recipe), settings.engine, progress);
    if (!engines) {
        SentenceJudgement stopped;
        stopped.complete = false;
        return stopped;
    }
    const SentenceJudgement result = bitloom::judgeSentences(
        engines->judged(), engines->reference(), graph, *sentences, progress);
    used = engines->use();
    return result;
}

Embeddings Workbench::embed(const std::optional<Recipe>& recipe, const LabelledText& text,
                            const std::string& engine, Progress& progress, EngineUse& used)
{
    requireSentences(*m_model, "embed");
    m_caches->weights.require(*m_model, "embed", progress);
    const Graph& graph = m_model->graph;
    const Sentences sentences = readSentences(*m_model->tokenizer, text, graph.contextLength);
    Embeddings result;
    result.sentences = sentences.text.sentences;
    result.cut = sentences.cut;
    result.complete = false;
    const auto lease = m_caches->engines.lease(variant(recipe), engine, progress);
    if (!lease)
        return result;
    result.rows = Matrix(0, graph.outputWidth());
    const int64_t done = encodeSentences(
        lease->engine(), sentences, progress, [&](const TextBatch&, const Matrix& outputs) {
            result.rows.rows += outputs.rows;
            result.rows.values.insert(result.rows.values.end(), outputs.values.begin(),
                                      outputs.values.end());
        });
    result.complete = done == sentences.count();
    used = lease->use();
    return result;
}

Matrix Workbench::runGiven(const std::optional<Recipe>& recipe, const TextBatch& batch,
                           const std::string& engine, Progress& progress, EngineUse& used)
{
    if (!m_model->graph.runnable())
        throw Error("eval", "this model cannot run. " + m_model->missing);
    m_caches->weights.require(*m_model, "eval", progress);
    const auto lease = m_caches->engines.lease(variant(recipe), engine, progress);
    if (!lease)
        return {};
    Matrix outputs = lease->engine().encode(batch);
    used = lease->use();
    return outputs;
}

} // namespace bitloom

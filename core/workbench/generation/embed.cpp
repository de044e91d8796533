// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/evaluation/sentence_evaluation.h"
#include "core/base/error.h"
#include "core/workbench/generation/generation.h"

namespace bitloom {

Embeddings Generation::embed(const std::optional<Recipe>& recipe, const LabelledText& text,
                             const std::string& engine, Progress& progress, EngineUse& used)
{
    requireSentences(model(), "embed");
    opened().requireFiniteWeights("embed", progress);
    const Graph& graph = model().graph;
    const Sentences sentences = readSentences(*model().tokenizer, text, graph.contextLength);
    Embeddings result;
    result.sentences = sentences.text.sentences;
    result.cut = sentences.cut;
    result.complete = false;
    const auto lease = opened().engines().lease(m_calibration.variant(recipe), engine, progress);
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

Matrix Generation::runGiven(const std::optional<Recipe>& recipe, const TextBatch& batch,
                            const std::string& engine, Progress& progress, EngineUse& used)
{
    if (!model().graph.runnable())
        throw Error("evaluate", "this model cannot run. " + model().missing);
    opened().requireFiniteWeights("evaluate", progress);
    const auto lease = opened().engines().lease(m_calibration.variant(recipe), engine, progress);
    if (!lease)
        return {};
    Matrix outputs = lease->engine().encode(batch);
    used = lease->use();
    return outputs;
}

} // namespace bitloom

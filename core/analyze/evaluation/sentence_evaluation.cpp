// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/evaluation/sentence_evaluation.h"

#include "core/analyze/passes/likeness.h"
#include "core/base/finite.h"
#include "core/network/engine/finite_values.h"

#include <algorithm>
#include <cmath>

namespace bitloom {

namespace {

/// What is gathered, one entry a sentence.
struct SentenceScores {
    std::vector<int> predictions;
    std::vector<int> originals;
    std::vector<double> kl;
    std::vector<double> agreement;
    std::vector<double> cosine;
};

int topClass(std::span<const float> logits)
{
    return static_cast<int>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

double divergenceOfLogits(std::span<const float> original, std::span<const float> quantized)
{
    const std::vector<double> p = logShares(original);
    const std::vector<double> q = logShares(quantized);
    double sum = 0;
    for (size_t i = 0; i < p.size(); ++i)
        sum += std::exp(p[i]) * (p[i] - q[i]);
    return notBelowZero(sum);
}

void addRow(SentenceScores& scores, OutputKind kind, std::span<const float> evaluated,
            std::span<const float> reference)
{
    if (kind == OutputKind::Embedding) {
        if (!reference.empty())
            scores.cosine.push_back(cosineOf(reference, evaluated));
        return;
    }
    scores.predictions.push_back(topClass(evaluated));
    if (reference.empty())
        return;
    scores.originals.push_back(topClass(reference));
    scores.kl.push_back(divergenceOfLogits(reference, evaluated));
    scores.agreement.push_back(scores.originals.back() == scores.predictions.back() ? 1 : 0);
}

Estimate accuracyOf(const std::vector<int>& predictions, const std::vector<int>& labels)
{
    std::vector<double> right;
    for (size_t i = 0; i < predictions.size(); ++i)
        right.push_back(predictions[i] == labels[i] ? 1 : 0);
    return meanOf(right);
}

SentenceEvaluation sentenceEvaluationOf(const SentenceScores& scores, const Graph& graph,
                                        const Sentences& sentences, int64_t done, bool compared)
{
    SentenceEvaluation result;
    result.kind = graph.output;
    result.examples = done;
    result.cut = sentences.cut;
    result.complete = done == sentences.count();
    result.compared = compared && done > 0;
    result.kl = meanOf(scores.kl);
    result.agreement = meanOf(scores.agreement);
    result.cosine = meanOf(scores.cosine);
    if (!scores.cosine.empty())
        result.cosineMin = *std::min_element(scores.cosine.begin(), scores.cosine.end());
    std::vector<int> labels = sentences.text.labels;
    result.labelled = graph.output == OutputKind::Class && !labels.empty();
    if (!result.labelled)
        return result;
    labels.resize(static_cast<size_t>(done));
    result.accuracy = accuracyOf(scores.predictions, labels);
    result.originalAccuracy = accuracyOf(scores.originals, labels);
    result.f1 = f1Score(labels, scores.predictions, static_cast<int>(graph.labels.size()));
    return result;
}

} // namespace

SentenceEvaluation evaluateSentences(Engine& evaluated, Engine* reference, const Graph& graph,
                                     const Sentences& sentences, Progress& progress)
{
    SentenceScores scores;
    const int64_t done = encodeSentences(
        evaluated, sentences, progress, [&](const TextBatch& batch, const Matrix& outputs) {
            const Matrix originals = reference ? reference->encode(batch) : Matrix();
            requireFiniteOutput(originals.view(), "evaluate");
            for (int64_t row = 0; row < outputs.rows; ++row)
                addRow(scores, graph.output, outputs.row(row),
                       reference ? originals.row(row) : std::span<const float>());
        });
    return sentenceEvaluationOf(scores, graph, sentences, done, reference != nullptr);
}

} // namespace bitloom

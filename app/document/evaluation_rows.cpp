// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/evaluation_rows.h"

#include "app/words/words.h"
#include "widgets/base/figures.h"

#include <cmath>
#include <optional>

namespace bitloom {

namespace {

QString divergence(const Estimate& estimate, OutputKind output = OutputKind::NextToken)
{
    return Words::withUnit(output, plainFigureWithError(estimate.value, estimate.standardError));
}

QString share(const Estimate& estimate)
{
    return Words::percentWithError(estimate.value, estimate.standardError);
}

QString klQuantiles(const TextEvaluation& figures)
{
    QStringList parts;
    for (size_t i = 0; i < kKlQuantiles.size(); ++i)
        if (kKlQuantiles[i].brief)
            parts.append(EvaluationRows::tr("%1 %2").arg(EvaluationRows::tr(kKlQuantiles[i].title),
                                                         Words::nats(figures.klQuantiles[i])));
    return parts.join(EvaluationRows::tr(", "));
}

QString klAlong(const std::vector<KlStretch>& stretches)
{
    if (stretches.empty())
        return {};
    return EvaluationRows::tr("%1 early, %2 late")
        .arg(Words::nats(stretches.front().kl), Words::nats(stretches.back().kl));
}

QString perplexity(const TextEvaluation& figures)
{
    if (!figures.compared)
        return plainFigureWithError(figures.perplexity, figures.standardError, 4);
    const double ratio = figures.perplexity / figures.originalPerplexity;
    return EvaluationRows::tr("%1 → %2 (%3%4)")
        .arg(Words::number(figures.originalPerplexity), Words::number(figures.perplexity),
             ratio < 1 ? QString() : QStringLiteral("+"),
             Words::percentWithError(ratio - 1, ratio * figures.logPerplexityRatio.standardError));
}

QString accuracy(const SentenceEvaluation& figures)
{
    QString now = share(figures.accuracy);
    if (!figures.compared)
        return now;
    return EvaluationRows::tr("%1 → %2").arg(Words::percent(figures.originalAccuracy.value), now);
}

/// The figures of one kind of output. Without an evaluation, or where it has no such figure: no
/// text.
using Figures = QList<EvaluationRow> (*)(const Evaluation* result);

QList<EvaluationRow> textFigures(const Evaluation* result)
{
    const TextEvaluation* known = result ? result->ofText() : nullptr;
    const TextEvaluation* compared = known && known->compared ? known : nullptr;
    return {
        {"measuredKl", EvaluationRows::tr("Measured KL"),
         compared ? divergence(compared->kl) : QString(),
         EvaluationRows::tr(
             "Divergence of the predictions from the original's, mean over the text")},
        {"reverseKl", EvaluationRows::tr("The other way"),
         compared ? divergence(compared->reverseKl) : QString(),
         EvaluationRows::tr("Divergence of the original's predictions from these, mean over the "
                            "text; larger where the original rules out what these allow")},
        {"klQuantiles", EvaluationRows::tr("KL of a token"),
         compared ? klQuantiles(*compared) : QString(),
         EvaluationRows::tr("Half of the tokens diverge less than the first figure, 99 of 100 less "
                            "than the second; the report has more")},
        {"klAlong", EvaluationRows::tr("KL along a window"),
         compared ? klAlong(compared->klAlong) : QString(),
         EvaluationRows::tr(
             "Mean over the tokens near the beginning of their window, and over those "
             "near its end; the report shows what lies between")},
        {"topAgreement", EvaluationRows::tr("Same top token"),
         compared ? share(compared->topAgreement) : QString(),
         EvaluationRows::tr("Share of tokens for which both find the same one most likely")},
        {"topFiveAgreement", EvaluationRows::tr("Among the top five"),
         compared ? share(compared->topFiveAgreement) : QString(),
         EvaluationRows::tr("Share of tokens for which the original's most likely one is among the "
                            "five that the quantized model finds most likely")},
        {"perplexity", EvaluationRows::tr("Perplexity"), known ? perplexity(*known) : QString(),
         EvaluationRows::tr("How many tokens the model hesitates between; less is better")},
        {"accuracy", EvaluationRows::tr("Accuracy"),
         known ? Words::percent(known->accuracy) : QString(),
         EvaluationRows::tr("Share of tokens that were the ones the model found most likely")},
    };
}

QList<EvaluationRow> classFigures(const Evaluation* result)
{
    const SentenceEvaluation* known = result ? result->ofSentences() : nullptr;
    const SentenceEvaluation* compared = known && known->compared ? known : nullptr;
    const SentenceEvaluation* labelled = known && known->labelled ? known : nullptr;
    return {
        {"measuredKl", EvaluationRows::tr("Measured KL"),
         compared ? divergence(compared->kl, OutputKind::Class) : QString(),
         EvaluationRows::tr("Divergence of the class probabilities from the original's, mean over "
                            "the sentences")},
        {"topAgreement", EvaluationRows::tr("Same class"),
         compared ? share(compared->agreement) : QString(),
         EvaluationRows::tr("Share of sentences that both put into the same class")},
        {"accuracy", EvaluationRows::tr("Accuracy"), labelled ? accuracy(*labelled) : QString(),
         EvaluationRows::tr("Share of sentences put into the class that the text names; the text "
                            "needs a column of labels")},
        {"f1", EvaluationRows::tr("F1"),
         labelled ? plainFigureWithError(labelled->f1.value, labelled->f1.standardError)
                  : QString(),
         EvaluationRows::tr("Of the second class where there are two, otherwise the mean over the "
                            "classes")},
    };
}

QList<EvaluationRow> embeddingFigures(const Evaluation* result)
{
    const SentenceEvaluation* known = result ? result->ofSentences() : nullptr;
    const SentenceEvaluation* compared = known && known->compared ? known : nullptr;
    return {
        {"measuredKl", EvaluationRows::tr("Measured 1 − cosine"),
         compared ? divergence({1 - compared->cosine.value, compared->cosine.standardError},
                               OutputKind::Embedding)
                  : QString(),
         EvaluationRows::tr("How far the embeddings turn away from the original's, mean over the "
                            "sentences")},
        {"cosineMean", EvaluationRows::tr("Cosine, mean"),
         compared ? plainFigureWithError(compared->cosine.value, compared->cosine.standardError, 5)
                  : QString(),
         EvaluationRows::tr("Between the embeddings of the original and of the quantized model")},
        {"cosineMin", EvaluationRows::tr("Cosine, lowest"),
         compared ? plainFigure(compared->cosineMin, 5) : QString(),
         EvaluationRows::tr("Of the sentence whose embedding moved most")},
    };
}

Figures figuresOf(OutputKind output)
{
    switch (output) {
    case OutputKind::Class:
        return classFigures;
    case OutputKind::Embedding:
        return embeddingFigures;
    case OutputKind::NextToken:
        break;
    }
    return textFigures;
}

QString counted(const Evaluation& result)
{
    const int count = static_cast<int>(result.count());
    const TextEvaluation* text = result.ofText();
    if (!text)
        return EvaluationRows::tr("%L1 sentences", nullptr, count).arg(count);
    const QString tokens = EvaluationRows::tr("%L1 tokens", nullptr, count).arg(count);
    return text->droppedCharacters == 0
               ? tokens
               : EvaluationRows::tr("%1 (%2 characters dropped, which the vocabulary lacks)")
                     .arg(tokens, Words::count(text->droppedCharacters));
}

/// What the divergences leave out.
QString cachedShareOf(const Evaluation& result)
{
    const TextEvaluation* text = result.ofText();
    if (!text || text->cachedTokens == 0)
        return {};
    return EvaluationRows::tr(" KL over the original's %1 likeliest tokens and the rest, %2 of the "
                              "probability, as one: a lower bound.")
        .arg(Words::count(text->cachedTokens), Words::percent(text->restMass));
}

/// "≈ 0.0059" until the full answer comes.
QString asEstimated(const Prediction& predicted, const QString& figure)
{
    return predicted.isQuickEstimate ? QStringLiteral("≈ ") + figure : figure;
}

QString predictedText(OutputKind output, const Prediction& predicted)
{
    const PredictionRange& range = predicted.range;
    const int decimals = decimalsOf(range.value);
    QString text = plainFigureTo(range.value, decimals);
    if (range.value > 0)
        text =
            EvaluationRows::tr("%1 (%2–%3)")
                .arg(text, plainFigureTo(range.low, decimals), plainFigureTo(range.high, decimals));
    return Words::withUnit(output, asEstimated(predicted, text));
}

/// "miss, predicted 0.0064–0.0094": what had been said before it was measured, whatever was learnt.
QString hitText(const Evaluation& result)
{
    if (!result.predicted || !result.compared())
        return {};
    const PriorPrediction& prior = *result.predicted;
    const QString text = prior.holds(result.divergence())
                             ? EvaluationRows::tr(" – hit, predicted %1–%2")
                             : EvaluationRows::tr(" – miss, predicted %1–%2");
    const int decimals = decimalsOf(prior.range.value);
    return text.arg(plainFigureTo(prior.range.low, decimals),
                    plainFigureTo(prior.range.high, decimals));
}

QString predictedHelp(OutputKind output, const Prediction& predicted)
{
    const QString layers = EvaluationRows::tr("%n layers tried alone", nullptr,
                                              static_cast<int>(predicted.slotsMeasured));
    return EvaluationRows::tr(
               "%1 to expect, by the sensitivity of the layers (which alone says %2); "
               "nine of ten measured values lie in the range. Learnt from %n measured "
               "recipe(s) and %3",
               nullptr, static_cast<int>(predicted.learntFrom))
               .arg(Words::quantityTitle(output), Words::nats(predicted.closedForm), layers) +
           (predicted.isPrior
                ? EvaluationRows::tr(
                      ". It is what was said before this recipe was measured; what that "
                      "taught goes into the next one")
                : QString());
}

/// A text that something was evaluated on, and how well the original predicts it.
struct KnownText {
    double perplexity = 0;
    int64_t tokens = 0;
};
/// Nothing before there was an evaluation.
std::optional<KnownText> knownText(const std::optional<RecipeEvaluation>& evaluation)
{
    const TextEvaluation* figures = evaluation ? evaluation->result.ofText() : nullptr;
    if (!figures || figures->tokens == 0)
        return std::nullopt;
    return KnownText{figures->compared ? figures->originalPerplexity : figures->perplexity,
                     figures->tokens};
}

/// Where the text is what the original itself would write, ln(perplexity) grows by the KL.
EvaluationRow predictedPerplexity(const std::optional<Prediction>& predicted,
                                  const std::optional<RecipeEvaluation>& evaluation)
{
    EvaluationRow row{"predictedPerplexity", EvaluationRows::tr("Predicted perplexity"), {}, {}};
    const std::optional<KnownText> original = knownText(evaluation);
    if (!original)
        row.help = EvaluationRows::tr("Evaluate once to learn the original's perplexity.");
    if (!original || !predicted)
        return row;
    constexpr double kNineOfTen = 1.645; // standard deviations
    const auto grown = [&](double kl, double deviations) {
        const double chance = logRatioChance(kl, original->tokens);
        return Words::number(original->perplexity * std::exp(kl + deviations * chance));
    };
    const PredictionRange& range = predicted->range;
    row.text = EvaluationRows::tr("%1 → %2 (%3–%4)")
                   .arg(Words::number(original->perplexity),
                        asEstimated(*predicted, grown(range.value, 0)),
                        grown(range.low, -kNineOfTen), grown(range.high, kNineOfTen));
    row.help =
        EvaluationRows::tr("The original's on %1, times e to the predicted KL; the range is that "
                           "of the KL and what chance does over so many tokens. That holds for "
                           "text which the original itself would write; on other text it may "
                           "come out lower or higher")
            .arg(evaluation->textName);
    return row;
}

} // namespace

QList<EvaluationRow> EvaluationRows::of(OutputKind output,
                                        const std::optional<Prediction>& predicted,
                                        const std::optional<RecipeEvaluation>& evaluation,
                                        bool isOld)
{
    const EvaluationRow prediction{"predictedKl", tr("Predicted %1").arg(Words::quantity(output)),
                                   predicted ? predictedText(output, *predicted) : QString(),
                                   predicted ? predictedHelp(output, *predicted)
                                             : tr("%1 to expect, by the sensitivity of the layers")
                                                   .arg(Words::quantityTitle(output))};
    QList<EvaluationRow> predictions{prediction};
    if (output == OutputKind::NextToken)
        predictions.append(predictedPerplexity(predicted, evaluation));
    QList<EvaluationRow> measured = figuresOf(output)(evaluation ? &evaluation->result : nullptr);
    if (evaluation)
        measured.first().text += hitText(evaluation->result);
    for (EvaluationRow& row : measured)
        row.isOld = isOld;
    return predictions + measured;
}

QString EvaluationRows::line(const RecipeEvaluation& evaluation)
{
    QStringList parts;
    const Evaluation& result = evaluation.result;
    if (const TextEvaluation* text = result.ofText())
        parts.append(text->compared ? tr("perplexity %1 → %2")
                                          .arg(Words::number(text->originalPerplexity),
                                               Words::number(text->perplexity))
                                    : tr("perplexity %1").arg(Words::number(text->perplexity)));
    else if (result.ofSentences()->labelled)
        parts.append(tr("accuracy %1").arg(accuracy(*result.ofSentences())));
    if (result.compared())
        parts.append(tr("%1 %2").arg(Words::quantity(evaluation.output),
                                     Words::nats(result.divergence().value)));
    return tr("%1 over %2 of %3").arg(parts.join(tr(", ")), counted(result), evaluation.textName);
}

QString EvaluationRows::source(const RecipeEvaluation& evaluation)
{
    const QString text = tr("Over %1, %2").arg(evaluation.textName, counted(evaluation.result));
    const QString engine = Words::engine(evaluation.engine);
    return (engine.isEmpty() ? tr("%1.").arg(text) : tr("%1, by %2.").arg(text, engine)) +
           cachedShareOf(evaluation.result);
}

} // namespace bitloom

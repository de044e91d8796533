// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/quality_rows.h"

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

QString klQuantiles(const Judgement& figures)
{
    QStringList parts;
    for (size_t i = 0; i < kKlQuantiles.size(); ++i)
        if (kKlQuantiles[i].brief)
            parts.append(QualityRows::tr("%1 %2").arg(QualityRows::tr(kKlQuantiles[i].title),
                                                      Words::nats(figures.klQuantiles[i])));
    return parts.join(QualityRows::tr(", "));
}

QString klAlong(const std::vector<KlStretch>& stretches)
{
    if (stretches.empty())
        return {};
    return QualityRows::tr("%1 early, %2 late")
        .arg(Words::nats(stretches.front().kl), Words::nats(stretches.back().kl));
}

QString perplexity(const Judgement& figures)
{
    if (!figures.compared)
        return plainFigureWithError(figures.perplexity, figures.standardError, 4);
    const double ratio = figures.perplexity / figures.originalPerplexity;
    return QualityRows::tr("%1 → %2 (%3%4)")
        .arg(Words::number(figures.originalPerplexity), Words::number(figures.perplexity),
             ratio < 1 ? QString() : QStringLiteral("+"),
             Words::percentWithError(ratio - 1, ratio * figures.logPerplexityRatio.standardError));
}

QString accuracy(const SentenceJudgement& figures)
{
    QString now = share(figures.accuracy);
    if (!figures.compared)
        return now;
    return QualityRows::tr("%1 → %2").arg(Words::percent(figures.originalAccuracy.value), now);
}

/// The figures of one kind of output. Without a judgement, or where it has no such figure: no text.
using Figures = QList<QualityRow> (*)(const Quality* quality);

QList<QualityRow> textFigures(const Quality* quality)
{
    const Judgement* known = quality ? quality->ofText() : nullptr;
    const Judgement* compared = known && known->compared ? known : nullptr;
    return {
        {"measuredKl", QualityRows::tr("Measured KL"),
         compared ? divergence(compared->kl) : QString(),
         QualityRows::tr("Divergence of the predictions from the original's, mean over the text")},
        {"reverseKl", QualityRows::tr("The other way"),
         compared ? divergence(compared->reverseKl) : QString(),
         QualityRows::tr("Divergence of the original's predictions from these, mean over the "
                         "text; larger where the original rules out what these allow")},
        {"klQuantiles", QualityRows::tr("KL of a token"),
         compared ? klQuantiles(*compared) : QString(),
         QualityRows::tr("Half of the tokens diverge less than the first figure, 99 of 100 less "
                         "than the second; the report has more")},
        {"klAlong", QualityRows::tr("KL along a window"),
         compared ? klAlong(compared->klAlong) : QString(),
         QualityRows::tr("Mean over the tokens near the beginning of their window, and over those "
                         "near its end; the report shows what lies between")},
        {"topAgreement", QualityRows::tr("Same top token"),
         compared ? share(compared->topAgreement) : QString(),
         QualityRows::tr("Share of tokens for which both find the same one most likely")},
        {"topFiveAgreement", QualityRows::tr("Among the top five"),
         compared ? share(compared->topFiveAgreement) : QString(),
         QualityRows::tr("Share of tokens for which the original's most likely one is among the "
                         "five that the quantized model finds most likely")},
        {"perplexity", QualityRows::tr("Perplexity"), known ? perplexity(*known) : QString(),
         QualityRows::tr("How many tokens the model hesitates between; less is better")},
        {"accuracy", QualityRows::tr("Accuracy"),
         known ? Words::percent(known->accuracy) : QString(),
         QualityRows::tr("Share of tokens that were the ones the model found most likely")},
    };
}

QList<QualityRow> classFigures(const Quality* quality)
{
    const SentenceJudgement* known = quality ? quality->ofSentences() : nullptr;
    const SentenceJudgement* compared = known && known->compared ? known : nullptr;
    const SentenceJudgement* labelled = known && known->labelled ? known : nullptr;
    return {
        {"measuredKl", QualityRows::tr("Measured KL"),
         compared ? divergence(compared->kl, OutputKind::Class) : QString(),
         QualityRows::tr("Divergence of the class probabilities from the original's, mean over "
                         "the sentences")},
        {"topAgreement", QualityRows::tr("Same class"),
         compared ? share(compared->agreement) : QString(),
         QualityRows::tr("Share of sentences that both put into the same class")},
        {"accuracy", QualityRows::tr("Accuracy"), labelled ? accuracy(*labelled) : QString(),
         QualityRows::tr("Share of sentences put into the class that the text names; the text "
                         "needs a column of labels")},
        {"f1", QualityRows::tr("F1"),
         labelled ? plainFigureWithError(labelled->f1.value, labelled->f1.standardError)
                  : QString(),
         QualityRows::tr("Of the second class where there are two, otherwise the mean over the "
                         "classes")},
    };
}

QList<QualityRow> embeddingFigures(const Quality* quality)
{
    const SentenceJudgement* known = quality ? quality->ofSentences() : nullptr;
    const SentenceJudgement* compared = known && known->compared ? known : nullptr;
    return {
        {"measuredKl", QualityRows::tr("Measured 1 − cosine"),
         compared ? divergence({1 - compared->cosine.value, compared->cosine.standardError},
                               OutputKind::Embedding)
                  : QString(),
         QualityRows::tr("How far the embeddings turn away from the original's, mean over the "
                         "sentences")},
        {"cosineMean", QualityRows::tr("Cosine, mean"),
         compared ? plainFigureWithError(compared->cosine.value, compared->cosine.standardError, 5)
                  : QString(),
         QualityRows::tr("Between the embeddings of the original and of the quantized model")},
        {"cosineMin", QualityRows::tr("Cosine, lowest"),
         compared ? plainFigure(compared->cosineMin, 5) : QString(),
         QualityRows::tr("Of the sentence whose embedding moved most")},
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

QString counted(const Quality& quality)
{
    const int count = static_cast<int>(quality.count());
    const Judgement* text = quality.ofText();
    if (!text)
        return QualityRows::tr("%L1 sentences", nullptr, count).arg(count);
    const QString tokens = QualityRows::tr("%L1 tokens", nullptr, count).arg(count);
    return text->droppedCharacters == 0
               ? tokens
               : QualityRows::tr("%1 (%2 characters dropped, which the vocabulary lacks)")
                     .arg(tokens, Words::count(text->droppedCharacters));
}

/// What the divergences leave out.
QString keptOf(const Quality& quality)
{
    const Judgement* text = quality.ofText();
    if (!text || text->keptTokens == 0)
        return {};
    return QualityRows::tr(" KL over the original's %1 likeliest tokens and the rest, %2 of the "
                           "probability, as one: a lower bound.")
        .arg(Words::count(text->keptTokens), Words::percent(text->restMass));
}

/// "≈ 0.0059" until the full answer comes.
QString asGlanced(const Prediction& predicted, const QString& figure)
{
    return predicted.glanced ? QStringLiteral("≈ ") + figure : figure;
}

QString predictedText(OutputKind output, const Prediction& predicted)
{
    const PredictionRange& range = predicted.range;
    const int decimals = decimalsOf(range.value);
    QString text = plainFigureTo(range.value, decimals);
    if (range.value > 0)
        text =
            QualityRows::tr("%1 (%2–%3)")
                .arg(text, plainFigureTo(range.low, decimals), plainFigureTo(range.high, decimals));
    return Words::withUnit(output, asGlanced(predicted, text));
}

/// "miss, predicted 0.0064–0.0094": what had been said before it was measured, whatever was learnt.
QString hitText(const Quality& quality)
{
    if (!quality.predicted || !quality.compared())
        return {};
    const PriorPrediction& prior = *quality.predicted;
    const QString text = prior.holds(quality.divergence())
                             ? QualityRows::tr(" – hit, predicted %1–%2")
                             : QualityRows::tr(" – miss, predicted %1–%2");
    const int decimals = decimalsOf(prior.range.value);
    return text.arg(plainFigureTo(prior.range.low, decimals),
                    plainFigureTo(prior.range.high, decimals));
}

QString predictedHelp(OutputKind output, const Prediction& predicted)
{
    const QString layers = QualityRows::tr("%n layers tried alone", nullptr,
                                           static_cast<int>(predicted.slotsMeasured));
    return QualityRows::tr("%1 to expect, by the sensitivity of the layers (which alone says %2); "
                           "nine of ten measured values lie in the range. Learnt from %n measured "
                           "recipe(s) and %3",
                           nullptr, static_cast<int>(predicted.learntFrom))
               .arg(Words::quantityTitle(output), Words::nats(predicted.closedForm), layers) +
           (predicted.isPrior
                ? QualityRows::tr(
                      ". It is what was said before this recipe was measured; what that "
                      "taught goes into the next one")
                : QString());
}

/// A text that was judged, and how well the original predicts it.
struct KnownText {
    double perplexity = 0;
    int64_t tokens = 0;
};
/// Nothing before there was a judgement.
std::optional<KnownText> knownText(const std::optional<Judged>& judged)
{
    const Judgement* figures = judged ? judged->quality.ofText() : nullptr;
    if (!figures || figures->tokens == 0)
        return std::nullopt;
    return KnownText{figures->compared ? figures->originalPerplexity : figures->perplexity,
                     figures->tokens};
}

/// Where the text is what the original itself would write, ln(perplexity) grows by the KL.
QualityRow predictedPerplexity(const std::optional<Prediction>& predicted,
                               const std::optional<Judged>& judged)
{
    QualityRow row{"predictedPerplexity", QualityRows::tr("Predicted perplexity"), {}, {}};
    const std::optional<KnownText> original = knownText(judged);
    if (!original)
        row.help = QualityRows::tr("Judge once to learn the original's perplexity.");
    if (!original || !predicted)
        return row;
    constexpr double kNineOfTen = 1.645; // standard deviations
    const auto grown = [&](double kl, double deviations) {
        const double chance = logRatioChance(kl, original->tokens);
        return Words::number(original->perplexity * std::exp(kl + deviations * chance));
    };
    const PredictionRange& range = predicted->range;
    row.text =
        QualityRows::tr("%1 → %2 (%3–%4)")
            .arg(Words::number(original->perplexity), asGlanced(*predicted, grown(range.value, 0)),
                 grown(range.low, -kNineOfTen), grown(range.high, kNineOfTen));
    row.help =
        QualityRows::tr("The original's on %1, times e to the predicted KL; the range is that "
                        "of the KL and what chance does over so many tokens. That holds for "
                        "text which the original itself would write; on other text it may "
                        "come out lower or higher")
            .arg(judged->textName);
    return row;
}

} // namespace

QList<QualityRow> QualityRows::of(OutputKind output, const std::optional<Prediction>& predicted,
                                  const std::optional<Judged>& judged, bool isOld)
{
    const QualityRow prediction{"predictedKl", tr("Predicted %1").arg(Words::quantity(output)),
                                predicted ? predictedText(output, *predicted) : QString(),
                                predicted ? predictedHelp(output, *predicted)
                                          : tr("%1 to expect, by the sensitivity of the layers")
                                                .arg(Words::quantityTitle(output))};
    QList<QualityRow> predictions{prediction};
    if (output == OutputKind::NextToken)
        predictions.append(predictedPerplexity(predicted, judged));
    QList<QualityRow> measured = figuresOf(output)(judged ? &judged->quality : nullptr);
    if (judged)
        measured.first().text += hitText(judged->quality);
    for (QualityRow& row : measured)
        row.isOld = isOld;
    return predictions + measured;
}

QString QualityRows::line(const Judged& judged)
{
    QStringList parts;
    const Quality& quality = judged.quality;
    if (const Judgement* text = quality.ofText())
        parts.append(text->compared ? tr("perplexity %1 → %2")
                                          .arg(Words::number(text->originalPerplexity),
                                               Words::number(text->perplexity))
                                    : tr("perplexity %1").arg(Words::number(text->perplexity)));
    else if (quality.ofSentences()->labelled)
        parts.append(tr("accuracy %1").arg(accuracy(*quality.ofSentences())));
    if (quality.compared())
        parts.append(tr("%1 %2").arg(Words::quantity(judged.output),
                                     Words::nats(quality.divergence().value)));
    return tr("%1 over %2 of %3").arg(parts.join(tr(", ")), counted(quality), judged.textName);
}

QString QualityRows::source(const Judged& judged)
{
    const QString text = tr("Over %1, %2").arg(judged.textName, counted(judged.quality));
    const QString engine = Words::engine(judged.engine);
    return (engine.isEmpty() ? tr("%1.").arg(text) : tr("%1, by %2.").arg(text, engine)) +
           keptOf(judged.quality);
}

} // namespace bitloom

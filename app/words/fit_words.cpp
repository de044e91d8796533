// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/words/fit_words.h"

#include "app/words/words.h"
#include "widgets/base/figures.h"

#include <QStringList>

namespace bitloom {

namespace {

/// What a step costs, and what each of it buys.
QString cost(const FitReason& reason, const FitReason::Step& step)
{
    return reason.isTime
               ? FitWords::tr("%1 ms a token").arg(Words::nats(FitReason::milliseconds(step.bytes)))
               : Words::bytes(step.bytes);
}

QString rate(const FitReason& reason, double perByte)
{
    return reason.isTime ? FitWords::tr("%1 per ms").arg(Words::nats(perByte * 1e9))
                         : FitWords::tr("%1 per MiB").arg(Words::nats(perByte * kMebibyte));
}

QString up(const FitReason& reason, const QString& quantity)
{
    if (!reason.up)
        return FitWords::tr("Nothing larger would save more.");
    const QString text =
        FitWords::tr("One step up, %1, would lower the predicted %2 by %3 for %4: %5.")
            .arg(Words::scheme(reason.up->scheme), quantity, Words::nats(reason.up->damage),
                 cost(reason, *reason.up), rate(reason, reason.up->perByte()));
    return reason.up->perByte() <= reason.price
               ? text + u' ' +
                     FitWords::tr("Elsewhere the last step within the budget saved %1.")
                         .arg(rate(reason, reason.price))
               : text + u' ' + FitWords::tr("It no longer fits the budget.");
}

QString down(const FitReason& reason, const QString& quantity)
{
    if (!reason.down)
        return FitWords::tr("Nothing smaller is on offer.");
    return FitWords::tr("One step down, %1, would raise the predicted %2 by %3 and free %4: %5.")
        .arg(Words::scheme(reason.down->scheme), quantity, Words::nats(reason.down->damage),
             cost(reason, *reason.down), rate(reason, reason.down->perByte()));
}

} // namespace

QString FitWords::why(const FitReason& reason, OutputKind output)
{
    const QString quantity = Words::quantity(output);
    QStringList lines{tr("The fit chose %1.").arg(Words::scheme(reason.scheme)),
                      up(reason, quantity), down(reason, quantity)};
    if (reason.slots.size() > 1)
        lines.append(tr("%1 layers change together; these figures are of all of them.")
                         .arg(reason.slots.size()));
    return lines.join(u'\n');
}

QString FitWords::limits(const FitLimits& limits)
{
    QStringList parts;
    if (limits.leastBits)
        parts.append(tr("at least %1").arg(Words::bits(*limits.leastBits)));
    if (limits.mostBits)
        parts.append(tr("at most %1").arg(Words::bits(*limits.mostBits)));
    return parts.isEmpty() ? QString()
                           : tr("A fit gives it %1 bits per weight.").arg(parts.join(tr(" and ")));
}

QString FitWords::measured(const MeasuredFit& fit, OutputKind output)
{
    const QString end =
        fit.complete ? QString(u'.') : tr(", until the time was over or you stopped it.");
    const QString count = tr("Recipes measured: %1").arg(fit.tried.size()) + end;
    if (!fit.isBetter)
        return count + u' ' +
               tr("None is distinguishable from the predicted best, which was taken: measured %1 "
                  "%2.")
                   .arg(Words::quantity(output), Words::nats(fit.predictedBest.value));
    return count + u' ' +
           tr("The best has %1 %2, the predicted best %3: %4 less, on text that had no part in the "
              "choice.")
               .arg(Words::quantity(output), Words::nats(fit.found.value),
                    Words::nats(fit.predictedBest.value),
                    plainFigureWithError(fit.saved.value, fit.saved.standardError));
}

QString FitWords::running(const FitResult& fit)
{
    QStringList sentences;
    if (fit.memory)
        sentences.append(
            tr("%1 of memory: weights %2, KV cache %3, activations %4.")
                .arg(Words::bytes(fit.memory->total()), Words::bytes(fit.memory->weights),
                     Words::bytes(fit.memory->states), Words::bytes(fit.memory->activations)));
    if (fit.decode)
        sentences.append(tr("Predicted %1 ms a token, %2 of them whatever the recipe (%3).")
                             .arg(Words::number(1000 * fit.decodeSeconds),
                                  Words::number(1000 * fit.decode->rest),
                                  QString::fromStdString(fit.decode->engine)));
    if (fit.decode && !fit.decode->dependsOnScheme)
        sentences.append(
            tr("This engine computes with decoded weights: no scheme is faster than another."));
    return sentences.join(u' ');
}

} // namespace bitloom

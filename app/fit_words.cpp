// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/fit_words.h"

#include "app/words.h"

#include <QStringList>

namespace bitloom {

namespace {

QString schemeName(const std::string& scheme)
{
    return scheme.empty() ? FitWords::tr("as stored") : QString::fromStdString(scheme);
}

QString rate(double perByte)
{
    return FitWords::tr("%1 per MiB").arg(Words::nats(perByte * kMebibyte));
}

QString up(const FitReason& reason, const QString& quantity)
{
    if (!reason.up)
        return FitWords::tr("Nothing larger would save more.");
    const QString text =
        FitWords::tr("One step up, %1, would lower the predicted %2 by %3 for %4: %5.")
            .arg(schemeName(reason.up->scheme), quantity, Words::nats(reason.up->damage),
                 Words::bytes(reason.up->bytes), rate(reason.up->perByte()));
    return reason.up->perByte() <= reason.price
               ? text + u' ' +
                     FitWords::tr("Elsewhere the last step within the budget saved %1.")
                         .arg(rate(reason.price))
               : text + u' ' + FitWords::tr("It no longer fits the budget.");
}

QString down(const FitReason& reason, const QString& quantity)
{
    if (!reason.down)
        return FitWords::tr("Nothing smaller is on offer.");
    return FitWords::tr("One step down, %1, would raise the predicted %2 by %3 and free %4: %5.")
        .arg(schemeName(reason.down->scheme), quantity, Words::nats(reason.down->damage),
             Words::bytes(reason.down->bytes), rate(reason.down->perByte()));
}

} // namespace

QString FitWords::why(const FitReason& reason, OutputKind output)
{
    const QString quantity = Words::quantity(output);
    QStringList lines{tr("The fit chose %1.").arg(schemeName(reason.scheme)), up(reason, quantity),
                      down(reason, quantity)};
    if (reason.slots.size() > 1)
        lines.append(tr("%1 layers change together; these figures are of all of them.")
                         .arg(reason.slots.size()));
    return lines.join(u'\n');
}

} // namespace bitloom

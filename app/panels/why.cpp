// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/why.h"

#include "app/words/widget_headers.h"
#include "app/words/words.h"

#include <QApplication>
#include <QPointer>
#include <QTreeView>

namespace bitloom {

namespace {

struct WhyWords {
    Q_DECLARE_TR_FUNCTIONS(WhyWords)
};

QString perMebibyte(double perByte)
{
    return Words::nats(perByte * kMebibyte);
}

QStringList stepRow(const QString& name, const FitReason::Step& step, int direction)
{
    const QString damage = Words::nats(step.damage);
    return {name, Words::scheme(step.scheme), Words::moreBytes(direction * step.bytes),
            direction > 0 ? u'−' + damage : u'+' + damage, perMebibyte(step.perByte())};
}

QString reasonText(const FitReason& reason)
{
    QString text = WhyWords::tr("The fit chose %1.").arg(Words::scheme(reason.scheme));
    if (!reason.up)
        return text + u' ' + WhyWords::tr("Nothing larger would save more.");
    const bool affordable = reason.up->perByte() > reason.price;
    return text + u' ' +
           (affordable ? WhyWords::tr("A step up would pay, but it no longer fits the budget.")
                       : WhyWords::tr("A step up saves less for its bytes than the last step that "
                                      "the budget paid for elsewhere."));
}

/// The layer's own name, and those that change with it.
QString noteText(const FitReason& reason, OutputKind output)
{
    QString text = WhyWords::tr("%1; the price is what the last MiB of the budget saved.")
                       .arg(Words::quantityTitle(output));
    if (reason.slots.size() > 1)
        text += u' ' + WhyWords::tr("%1 layers change together; these figures are of all of them.")
                           .arg(reason.slots.size());
    return text;
}

QString notFitted(const SlotChoice& choice)
{
    if (choice.fit.locked)
        return WhyWords::tr("It is locked: a fit leaves it at %1.")
            .arg(Words::scheme(choice.scheme));
    if (!choice.changesWeights())
        return WhyWords::tr("It is kept as the checkpoint stores it. Fit a budget, and this tells "
                            "what a step more or less would trade.");
    return WhyWords::tr("%1 was not chosen by the last fit: it was set by hand, or what the fit "
                        "looked at has changed since. Fit a budget, and this tells what a step "
                        "more or less would trade.")
        .arg(Words::scheme(choice.scheme));
}

} // namespace

WhyText whyOf(const ApplicationContext& context, int slot)
{
    const Graph& graph = context.session.model().graph;
    const Slot& place = graph.slot(slot);
    WhyText why;
    why.title = QString::fromStdString(place.name);
    const std::optional<FitReason> reason = context.measurements.reason(slot);
    if (!place.quantizable) {
        why.reason = WhyWords::tr("It is no matrix to quantize and stays as it is.");
        return why;
    }
    if (!reason) {
        why.reason = notFitted(context.session.choice(slot));
        return why;
    }
    const QString quantity = Words::quantity(graph.output);
    why.reason = reasonText(*reason);
    why.header = {QString(), WhyWords::tr("scheme"), WhyWords::tr("size"),
                  WhyWords::tr("predicted %1").arg(quantity),
                  WhyWords::tr("%1 per MiB").arg(quantity)};
    if (reason->up)
        why.steps.append(stepRow(WhyWords::tr("one step up"), *reason->up, 1));
    if (reason->down)
        why.steps.append(stepRow(WhyWords::tr("one step down"), *reason->down, -1));
    why.steps.append({WhyWords::tr("price"), {}, {}, {}, perMebibyte(reason->price)});
    why.note = noteText(*reason, graph.output);
    return why;
}

void explainCurrent(ApplicationContext& context, QWidget* window)
{
    const QList<int> chosen = context.selectedSlots();
    if (chosen.isEmpty())
        return;
    const QVariant current = context.selection.currentIndex().siblingAtColumn(0).data(SlotRole);
    const bool among = current.isValid() && chosen.contains(current.toInt());
    const int slot = among ? current.toInt() : chosen.first();
    auto* view = window->findChild<QTreeView*>("layerTree");
    QPoint place = window->mapToGlobal(window->rect().center());
    if (view && view->isVisible()) {
        const QRect row = view->visualRect(view->currentIndex());
        if (row.isValid() && view->viewport()->rect().intersects(row))
            place = view->viewport()->mapToGlobal(row.bottomLeft() + QPoint(24, 2));
    }
    auto* popover = new WhyPopover(window);
    popover->setAttribute(Qt::WA_DeleteOnClose);
    popover->explain(whyOf(context, slot));
    QObject::connect(&context.session, &Session::aboutToOpen, popover, &QWidget::close);
    // Afterwards the keys go where they went before.
    QObject::connect(popover, &QObject::destroyed, window,
                     [window, before = QPointer<QWidget>(QApplication::focusWidget())] {
                         window->activateWindow();
                         if (before)
                             before->setFocus(Qt::PopupFocusReason);
                     });
    popover->popUp(place);
}

} // namespace bitloom

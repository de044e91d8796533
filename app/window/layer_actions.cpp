// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/actions.h"

#include "app/dialogs/limits_dialog.h"
#include "app/dialogs/method_dialog.h"
#include "app/dialogs/transforms_dialog.h"
#include "app/document/offers.h"
#include "app/panels/selection_history.h"
#include "app/panels/why.h"
#include "app/window/window_frame.h"
#include "app/words/widget_headers.h"
#include "core/quantize/corrections/correction.h"
#include "core/quantize/methods/method.h"

#include <QMenu>

#include <algorithm>
#include <iterator>

namespace bitloom {

namespace {

constexpr const char* kMethodName = "method-"; ///< before its id

} // namespace

void Actions::buildMethods(QMenu* layers)
{
    ApplicationContext& context = m_window.context();
    m_methods = layers->addMenu(tr("&Method"));
    m_methods->setObjectName("methodMenu");
    m_methods->setToolTipsVisible(true);
    for (const Method* method : methods()) {
        const QString id = QString::fromUtf8(method->id());
        QAction* action = add(
            m_methods, kMethodName + id, QString::fromUtf8(method->title()), {}, Needs::Selection,
            [&context, id] { context.session.setMethod(context.selectedQuantizable(), id); });
        action->setToolTip(QString::fromUtf8(method->description()));
        action->setCheckable(true);
    }
    m_methods->addSeparator();
    m_methodParameters = add(
        m_methods, "methodParameters", tr("&Parameters…"), {}, Needs::Selection, [this, &context] {
            const QList<int> chosen = context.selectedQuantizable();
            const Method* method = MethodDialog::methodOf(context.session, chosen);
            if (!method) {
                Q_EMIT context.session.message(
                    Loudness::Info, tr("The selected layers have no method in common that has "
                                       "parameters."));
                return;
            }
            auto* dialog = new MethodDialog(context.session, *method, chosen, &m_window);
            dialog->setAttribute(Qt::WA_DeleteOnClose);
            dialog->open();
        });
    m_methodParameters->setToolTip(tr("Of the method that all selected layers have: damping"));
    connect(m_methods, &QMenu::aboutToShow, this, &Actions::checkMethods);
}

void Actions::buildLayers()
{
    ApplicationContext& context = m_window.context();
    QMenu* layers = menu("layersMenu", tr("&Layers"));
    m_schemes = layers->addMenu(tr("&Scheme"));
    m_schemes->setObjectName("schemeMenu");
    m_schemes->setToolTipsVisible(true);
    connect(m_schemes, &QMenu::aboutToShow, this, [this] { fillSchemes(m_schemes); });
    buildMethods(layers);
    m_activationSchemes = layers->addMenu(tr("Activation quant&ization"));
    m_activationSchemes->setObjectName("activationMenu");
    m_activationSchemes->setToolTipsVisible(true);
    connect(m_activationSchemes, &QMenu::aboutToShow, this, &Actions::fillActivationSchemes);
    m_corrections = layers->addMenu(tr("C&orrection"));
    m_corrections->setObjectName("correctionMenu");
    m_corrections->setToolTipsVisible(true);
    connect(m_corrections, &QMenu::aboutToShow, this, &Actions::fillCorrections);
    layers->addSeparator();
    add(layers, "lock", tr("&Lock against Fit"), {"Ctrl+L"}, Needs::Selection, [&context] {
        context.session.setLocked(context.selectedQuantizable(), true);
    })->setIcon(glyph("lock"));
    add(layers, "unlock", tr("&Unlock"), {"Ctrl+Shift+L"}, Needs::Selection, [&context] {
        context.session.setLocked(context.selectedQuantizable(), false);
    })->setIcon(glyph("unlock"));
    add(layers, "limits", tr("Limits of the &fit…"), {}, Needs::Model, [this, &context] {
        auto* dialog = new LimitsDialog(context.session, &m_window);
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->open();
    })->setToolTip(tr("The fewest and the most bits that a fit may give the layers of each role"));
    add(layers, "transforms", tr("&Transforms…"), {}, Needs::Model, [this, &context] {
        auto* dialog = new TransformsDialog(context.session, &m_window);
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->open();
    })->setToolTip(tr("Changes of the whole model that make it easier to quantize: SmoothQuant"));
    add(layers, "removeClip", tr("Remove &clipping"), {}, Needs::Selection,
        [&context] { context.session.setClip(context.selectedQuantizable(), {}, {}); });
    layers->addSeparator();
    QAction* why = add(layers, "why", tr("&Why this choice?"), {"F8"}, Needs::Selection,
                       [this, &context] { explainCurrent(context, &m_window); });
    why->setToolTip(tr("Why the fit chose it, and what a step more or less would trade (F8)"));
    auto* tree = qobject_cast<LayerTree*>(m_window.dock("layers")->widget());
    for (QAction* offered : {m_schemes->menuAction(), m_methods->menuAction(),
                             m_activationSchemes->menuAction(), m_corrections->menuAction(), why})
        tree->addMenuAction(offered);
    layers->addSeparator();
    SelectionHistory& history = m_window.history();
    QAction* back = add(layers, "selectionBack", tr("&Previous selection"), {"Alt+Left"},
                        Needs::Nothing, [&history] { history.goBack(); });
    QAction* forward = add(layers, "selectionForward", tr("&Next selection"), {"Alt+Right"},
                           Needs::Nothing, [&history] { history.goForward(); });
    const auto show = [back, forward, &history] {
        back->setEnabled(history.canGoBack());
        forward->setEnabled(history.canGoForward());
    };
    connect(&history, &SelectionHistory::changed, this, show);
    show();
}

void Actions::fillSchemes(QMenu* into)
{
    into->clear();
    ApplicationContext& context = m_window.context();
    const QList<int> chosen = context.selectedQuantizable();
    const QList<Offer> offers =
        Offers::all(context.session.model(), context.session.recipe(), chosen);
    for (const Offer& offer : offers) {
        QAction* action = into->addAction(offer.label, &m_window, [&context, id = offer.id] {
            context.session.setScheme(context.selectedQuantizable(), id);
        });
        action->setToolTip(offer.tooltip);
        action->setCheckable(true);
        action->setChecked(offer.current);
        action->setEnabled(offer.enabled);
    }
}

/// Marks the method that all selected layers have.
void Actions::checkMethods()
{
    const Session& session = m_window.context().session;
    const QList<int> chosen = m_window.context().selectedQuantizable();
    const QList<QAction*> all = m_methods->actions();
    m_methodParameters->setEnabled(MethodDialog::methodOf(session, chosen) != nullptr);
    for (QAction* action : all) {
        if (!action->isCheckable())
            continue;
        const std::string id = action->objectName().mid(qstrlen(kMethodName)).toStdString();
        action->setChecked(!chosen.isEmpty() &&
                           std::all_of(chosen.begin(), chosen.end(), [&](int slot) {
                               const SlotChoice& choice = session.choice(slot);
                               return !choice.scheme.empty() && choice.method == id;
                           }));
    }
}

/// What was offered for another selection or model; the palette lists it while it is there.
void Actions::forgetOffers()
{
    m_schemes->clear();
    m_activationSchemes->clear();
    m_corrections->clear();
}

/// Activation schemes for what the selected layers multiply with.
void Actions::fillActivationSchemes()
{
    m_activationSchemes->clear();
    ApplicationContext& context = m_window.context();
    Session& session = context.session;
    const QList<int> chosen = context.selectedQuantizable();
    const bool possible = std::any_of(chosen.begin(), chosen.end(), [&](int slot) {
        return quantizableInput(session.model().graph, slot) >= 0;
    });
    const auto offer = [&](const QString& id, const QString& label, const QString& help) {
        QAction* action = m_activationSchemes->addAction(label, &m_window, [&context, id] {
            context.session.setActivationScheme(context.selectedQuantizable(), id);
        });
        action->setToolTip(help);
        action->setCheckable(true);
        action->setChecked(possible && std::all_of(chosen.begin(), chosen.end(), [&](int slot) {
                               return session.activationScheme(slot) == id;
                           }));
        action->setEnabled(possible);
    };
    offer({}, tr("Floats"), tr("As the network computes them"));
    for (const ActivationScheme& scheme : activationSchemes()) {
        const QString id = QString::fromUtf8(scheme.id);
        offer(id, id, QString::fromUtf8(scheme.description));
    }
}

/// Every correction with a few values of its first parameter, for the layers that have a scheme.
void Actions::fillCorrections()
{
    constexpr int kOffered[] = {2, 4, 8, 16, 32, 64};
    m_corrections->clear();
    ApplicationContext& context = m_window.context();
    const Session& session = context.session;
    const QList<int> chosen = context.selectedQuantizable();
    QList<int> possible;
    std::copy_if(chosen.begin(), chosen.end(), std::back_inserter(possible), [&](int slot) {
        return !session.choice(slot).scheme.empty() &&
               correctionProblem(session.model().graph, slot).empty();
    });
    const auto offer = [&](const std::optional<CorrectionStep>& step, const QString& label,
                           const QString& help) {
        QAction* action = m_corrections->addAction(label, &m_window, [&context, step] {
            context.session.setCorrection(context.selectedQuantizable(), step);
        });
        action->setToolTip(help);
        action->setCheckable(true);
        action->setEnabled(!possible.empty());
        action->setChecked(!possible.empty() &&
                           std::all_of(possible.begin(), possible.end(), [&](int slot) {
                               return session.choice(slot).correction == step;
                           }));
    };
    const std::optional<CorrectionStep> none;
    offer(none, tr("None"), tr("The weights as they are decoded"));
    for (const Correction& row : corrections()) {
        m_corrections->addSeparator();
        const std::string name(row.parameters.front().name);
        for (const int number : kOffered)
            offer(CorrectionStep{std::string(row.id), {{name, number}}},
                  tr("%1, %2 %3")
                      .arg(QString::fromUtf8(row.title), QString::fromStdString(name))
                      .arg(number),
                  QString::fromStdString(row.description));
    }
}

} // namespace bitloom

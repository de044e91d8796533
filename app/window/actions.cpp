// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/actions.h"

#include "app/dialogs/help.h"
#include "app/dialogs/preferences.h"
#include "app/dialogs/theme.h"
#include "app/panels/panel_action.h"
#include "app/panels/panels.h"
#include "app/window/escape_key.h"
#include "app/window/window_frame.h"
#include "app/words/widget_headers.h"

#include <QApplication>
#include <QDockWidget>
#include <QMenu>
#include <QMenuBar>
#include <QToolBar>
#include <QToolButton>
#include <QTreeView>
#include <QWhatsThis>

#include <utility>

namespace bitloom {

namespace {

/// Title of the panel that the keys go to; empty: to none.
QString panelWithFocus()
{
    for (const QWidget* at = QApplication::focusWidget(); at; at = at->parentWidget())
        if (const auto* dock = qobject_cast<const QDockWidget*>(at))
            return dock->windowTitle();
    return {};
}

} // namespace

Actions::Actions(WindowFrame& window)
    : m_window(window)
{
    buildFile();
    buildEdit();
    buildLayers();
    buildAnalyse();
    buildView();
    buildHelp();
    connectStates();
    new EscapeKey(this);
}

QMenu* Actions::menu(const QString& name, const QString& title)
{
    QMenu* made = m_window.menuBar()->addMenu(title);
    made->setObjectName(name);
    made->setToolTipsVisible(true);
    return made;
}

QAction* Actions::add(QMenu* into, const QString& name, const QString& text,
                      const QKeySequence& shortcut, Needs needs, std::function<void()> action)
{
    QAction* made = into->addAction(text);
    made->setObjectName(name);
    made->setShortcut(shortcut);
    connect(made, &QAction::triggered, &m_window, [action = std::move(action)] { action(); });
    m_rows.append({made, needs});
    return made;
}

void Actions::buildEdit()
{
    WindowFrame& w = m_window;
    QMenu* edit = menu("editMenu", tr("&Edit"));
    QUndoStack& stack = w.context().session.undoStack();
    QAction* undo = stack.createUndoAction(this, tr("&Undo"));
    undo->setObjectName("undo");
    undo->setShortcut(QKeySequence::Undo);
    undo->setIcon(glyph("undo"));
    QAction* redo = stack.createRedoAction(this, tr("&Redo"));
    redo->setObjectName("redo");
    redo->setShortcuts({QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")});
    redo->setIcon(glyph("redo"));
    edit->addActions({undo, redo});
    edit->addSeparator();
    auto* tree = qobject_cast<LayerTree*>(w.dock("layers")->widget());
    add(edit, "copyRows", tr("&Copy rows"), {}, Needs::Selection, [tree] {
        tree->copySelection();
    })->setIcon(glyph("copy"));
    add(edit, "selectAll", tr("Select &all layers"), {}, Needs::Model,
        [tree] { tree->view()->selectAll(); });
    add(edit, "findLayers", tr("&Find layers"), QKeySequence::Find, Needs::Model, [&w, tree] {
        w.dock("layers")->show();
        w.dock("layers")->raise();
        tree->focusFilter();
    });
    edit->addSeparator();
    add(edit, "preferences", tr("&Preferences…"), QKeySequence::Preferences, Needs::Nothing,
        [&w] { w.showPreferences(); });
}

void Actions::buildView()
{
    WindowFrame& w = m_window;
    QMenu* view = menu("viewMenu", tr("&View"));
    for (const Panel& panel : panels()) {
        auto* action = new PanelAction(w.dock(panel.id), panelTitle(panel),
                                       QKeySequence(panel.shortcut), view);
        view->addAction(action);
        m_panels.append(action);
        m_rows.append({action, Needs::Model});
    }
    view->addSeparator();
    buildThemes(view->addMenu(tr("&Theme")));
    add(view, "defaultLayout", tr("Restore &default layout"), {}, Needs::Model,
        [&w] { w.restoreDefaultLayout(); });
    view->addSeparator();
    QAction* message = add(view, "goToMessage", tr("Go to the &message"), {"Ctrl+M"},
                           Needs::Nothing, [&w] { w.messages().focusMessage(); });
    const auto showMessage = [message, &w] { message->setEnabled(w.messages().count() > 0); };
    connect(&w.messages(), &MessageBar::changed, message, showMessage);
    showMessage();
    palette = add(view, "commandPalette", tr("&Commands…"), {"Ctrl+K"}, Needs::Nothing,
                  [&w] { w.showPalette(); });
    palette->setIcon(glyph("palette"));
    palette->setIconText(tr("Commands"));
}

void Actions::buildThemes(QMenu* into)
{
    into->setObjectName("themeMenu");
    const QList<std::pair<QString, QString>> themes{
        {"system", tr("&System")}, {"light", tr("&Light")}, {"dark", tr("&Dark")}};
    for (const auto& [id, title] : themes) {
        QAction* action = add(into, "theme-" + id, title, {}, Needs::Nothing, [id = id] {
            applyTheme(id);
            saveTheme(id);
        });
        action->setCheckable(true);
        action->setChecked(savedTheme() == id);
        m_themes.addAction(action);
    }
}

void Actions::buildHelp()
{
    WindowFrame& w = m_window;
    QMenu* help = menu("helpMenu", tr("&Help"));
    add(help, "glossary", tr("&Glossary"), QKeySequence::HelpContents, Needs::Nothing,
        [&w] { showGlossary(&w, panelWithFocus()); });
    add(help, "firstSteps", tr("&First steps"), {}, Needs::Nothing, [&w] { showFirstSteps(&w); });
    add(help, "methodsHelp", tr("&Methods and figures"), {}, Needs::Nothing,
        [&w] { showMethods(&w); });
    QAction* what = QWhatsThis::createAction(this);
    what->setText(tr("&What is this?"));
    what->setObjectName("whatsThis");
    help->addAction(what); // brings its key, Shift+F1
    add(help, "about", tr("&About Bitloom"), {}, Needs::Nothing, [&w] { showAbout(&w); });
}

void Actions::connectStates()
{
    ApplicationContext& context = m_window.context();
    connect(&context.session, &Session::aboutToOpen, this, &Actions::forgetOffers);
    connect(&context.selection, &QItemSelectionModel::selectionChanged, this,
            &Actions::forgetOffers);
    connect(&context.session, &Session::opened, this, &Actions::showStates);
    connect(&context.session.jobs(), &Jobs::activityChanged, this, &Actions::showStates);
    connect(&context.selection, &QItemSelectionModel::selectionChanged, this, &Actions::showStates);
    showStates();
}

void Actions::showStates()
{
    const ApplicationContext& context = m_window.context();
    const bool open_ = context.session.isOpen();
    const bool runnable = open_ && context.session.model().runnable();
    const bool selection = open_ && context.selection.hasSelection();
    const bool job = m_window.context().session.jobs().canCancel();
    const bool holds[] = {true, open_, runnable, selection, job};
    for (const Row& row : std::as_const(m_rows)) {
        if (row.needs != Needs::Nothing)
            row.action->setEnabled(holds[static_cast<int>(row.needs)]);
    }
    m_schemes->setEnabled(selection);
    m_methods->setEnabled(selection);
    m_activationSchemes->setEnabled(selection);
    m_corrections->setEnabled(selection);
}

void Actions::nameButtons(QToolBar* bar)
{
    const QList<QAction*> all = bar->actions();
    for (QAction* action : all) {
        auto* button = qobject_cast<QToolButton*>(bar->widgetForAction(action));
        if (!button)
            continue;
        button->setObjectName(action->objectName() + "Button");
        button->setAccessibleName(action->iconText());
    }
}

} // namespace bitloom

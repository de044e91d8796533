// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/actions.h"

#include "app/documents.h"
#include "app/escape_key.h"
#include "app/help.h"
#include "app/limits_dialog.h"
#include "app/offers.h"
#include "app/panel_action.h"
#include "app/panels.h"
#include "app/preferences.h"
#include "app/recent_files.h"
#include "app/save_content.h"
#include "app/selection_history.h"
#include "app/theme.h"
#include "app/why.h"
#include "app/widget_headers.h"
#include "app/window_frame.h"
#include "app/words.h"
#include "core/quantize/method.h"

#include <QMenu>
#include <QMenuBar>
#include <QToolBar>
#include <QToolButton>
#include <QTreeView>
#include <QWhatsThis>

#include <algorithm>
#include <utility>

namespace bitloom {

namespace {

constexpr const char* kMethodName = "method-"; ///< before its id
constexpr int kMostMenuCharacters = 70;        ///< of a path

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

void Actions::buildFile()
{
    Documents& files = m_window.documents();
    QMenu* file = menu("fileMenu", tr("&File"));
    open = add(file, "openFile", tr("&Open model…"), QKeySequence::Open, Needs::Nothing,
               [&files] { files.askForModelFile(); });
    open->setIcon(glyph("file"));
    open->setIconText(tr("Open"));
    add(file, "openFolder", tr("Open model &folder…"), {"Ctrl+Shift+O"}, Needs::Nothing, [&files] {
        files.askForModelFolder();
    })->setIcon(glyph("folder"));
    add(file, "openSample", tr("Open the sa&mple"), {}, Needs::Nothing, [&files] {
        files.openModel("sample");
    })->setIcon(glyph("sample"));
    QMenu* recent = file->addMenu(tr("&Recent models"));
    recent->setObjectName("recentMenu");
    recent->setToolTipsVisible(true);
    connect(recent, &QMenu::aboutToShow, this, [this, recent] { fillRecent(recent); });
    file->addSeparator();
    add(file, "openRecipe", tr("Open re&cipe…"), {}, Needs::Model,
        [&files] { files.askForRecipe(); });
    save = add(file, "saveRecipe", tr("&Save recipe"), QKeySequence::Save, Needs::Model,
               [&files] { files.saveRecipe(); });
    save->setIcon(glyph("save"));
    add(file, "saveRecipeAs", tr("Save recipe &as…"), {"Ctrl+Shift+S"}, Needs::Model,
        [&files] { files.saveRecipeAs(); });
    file->addSeparator();
    exportModel = add(file, "exportModel", tr("&Export…"), {"Ctrl+Shift+E"}, Needs::Model,
                      [&files] { files.exportModel(); });
    exportModel->setIcon(glyph("export"));
    add(file, "saveReport", tr("Save re&port…"), {}, Needs::Model,
        [&files] { files.saveReport(); });
    file->addSeparator();
    add(file, "quit", tr("&Quit"), QKeySequence::Quit, Needs::Nothing,
        [this] { m_window.close(); });
}

void Actions::fillRecent(QMenu* into)
{
    into->clear();
    const QList<RecentModel> recent = recentFiles();
    const QFontMetrics metrics(into->font());
    for (const RecentModel& model : recent) {
        const int most = metrics.averageCharWidth() * kMostMenuCharacters;
        const QString text = tr("%1  —  %2").arg(model.name, model.path);
        QAction* action = into->addAction(
            metrics.elidedText(text, Qt::ElideMiddle, most).replace('&', "&&"), &m_window,
            [this, path = model.path] { m_window.documents().openModel(path); });
        action->setToolTip(model.path);
    }
    into->addSeparator();
    QAction* clear =
        into->addAction(tr("Clear the list"), this, [this] { m_window.documents().clearRecent(); });
    clear->setEnabled(!recent.isEmpty());
}

void Actions::buildEdit()
{
    WindowFrame& w = m_window;
    QMenu* edit = menu("editMenu", tr("&Edit"));
    QUndoStack& stack = w.desk().session.undoStack();
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

void Actions::buildLayers()
{
    Desk& desk = m_window.desk();
    QMenu* layers = menu("layersMenu", tr("&Layers"));
    m_schemes = layers->addMenu(tr("&Scheme"));
    m_schemes->setObjectName("schemeMenu");
    m_schemes->setToolTipsVisible(true);
    connect(m_schemes, &QMenu::aboutToShow, this, [this] { fillSchemes(m_schemes); });
    m_methods = layers->addMenu(tr("&Method"));
    m_methods->setObjectName("methodMenu");
    m_methods->setToolTipsVisible(true);
    for (const Method* method : methods()) {
        const QString id = QString::fromUtf8(method->id());
        QAction* action = add(
            m_methods, kMethodName + id, QString::fromUtf8(method->title()), {}, Needs::Selection,
            [&desk, id] { desk.session.setMethod(desk.selectedQuantizable(), id); });
        action->setToolTip(QString::fromUtf8(method->description()));
        action->setCheckable(true);
    }
    connect(m_methods, &QMenu::aboutToShow, this, &Actions::checkMethods);
    m_roundings = layers->addMenu(tr("Round &inputs"));
    m_roundings->setObjectName("roundingMenu");
    m_roundings->setToolTipsVisible(true);
    connect(m_roundings, &QMenu::aboutToShow, this, &Actions::fillRoundings);
    layers->addSeparator();
    add(layers, "lock", tr("&Lock against Fit"), {"Ctrl+L"}, Needs::Selection, [&desk] {
        desk.session.setLocked(desk.selectedQuantizable(), true);
    })->setIcon(glyph("lock"));
    add(layers, "unlock", tr("&Unlock"), {"Ctrl+Shift+L"}, Needs::Selection, [&desk] {
        desk.session.setLocked(desk.selectedQuantizable(), false);
    })->setIcon(glyph("unlock"));
    add(layers, "limits", tr("Limits of the &fit…"), {}, Needs::Model, [this, &desk] {
        auto* dialog = new LimitsDialog(desk.session, &m_window);
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->open();
    })->setToolTip(tr("The fewest and the most bits that a fit may give the layers of each role"));
    add(layers, "removeClip", tr("Remove &clipping"), {}, Needs::Selection,
        [&desk] { desk.session.setClip(desk.selectedQuantizable(), {}, {}); });
    layers->addSeparator();
    QAction* why = add(layers, "why", tr("&Why this choice?"), {"F8"}, Needs::Selection,
                       [this, &desk] { explainCurrent(desk, &m_window); });
    why->setToolTip(tr("Why the fit chose it, and what a step more or less would trade (F8)"));
    auto* tree = qobject_cast<LayerTree*>(m_window.dock("layers")->widget());
    for (QAction* offered :
         {m_schemes->menuAction(), m_methods->menuAction(), m_roundings->menuAction(), why})
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
    Desk& desk = m_window.desk();
    const QList<int> chosen = desk.selectedQuantizable();
    const QList<Offer> offers = Offers::all(desk.session.model(), desk.session.recipe(), chosen);
    for (const Offer& offer : offers) {
        QAction* action = into->addAction(offer.label, &m_window, [&desk, id = offer.id] {
            desk.session.setScheme(desk.selectedQuantizable(), id);
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
    const Session& session = m_window.desk().session;
    const QList<int> chosen = m_window.desk().selectedQuantizable();
    const QList<QAction*> all = m_methods->actions();
    for (QAction* action : all) {
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
    m_roundings->clear();
}

/// Activation schemes for what the selected layers multiply with.
void Actions::fillRoundings()
{
    m_roundings->clear();
    Desk& desk = m_window.desk();
    Session& session = desk.session;
    const QList<int> chosen = desk.selectedQuantizable();
    const bool possible = std::any_of(chosen.begin(), chosen.end(), [&](int slot) {
        return roundableInput(session.model().graph, slot) >= 0;
    });
    const auto offer = [&](const QString& id, const QString& label, const QString& help) {
        QAction* action = m_roundings->addAction(label, &m_window, [&desk, id] {
            desk.session.setRounding(desk.selectedQuantizable(), id);
        });
        action->setToolTip(help);
        action->setCheckable(true);
        action->setChecked(possible && std::all_of(chosen.begin(), chosen.end(), [&](int slot) {
                               return session.rounding(slot) == id;
                           }));
        action->setEnabled(possible);
    };
    offer({}, tr("Floats"), tr("As the network computes them"));
    for (const ActivationScheme& scheme : activationSchemes()) {
        const QString id = QString::fromUtf8(scheme.id);
        offer(id, id, QString::fromUtf8(scheme.description));
    }
}

void Actions::buildAnalyse()
{
    WindowFrame& w = m_window;
    Desk& desk = w.desk();
    QMenu* menu_ = menu("analyseMenu", tr("&Analyse"));
    analyse = add(menu_, "analyse", tr("&Analyse"), {"F5"}, Needs::Model,
                  [&desk] { desk.analysis.analyse(); });
    analyse->setIcon(glyph("analyse"));
    QAction* fit = add(menu_, "fit", tr("Fi&t to the budget"), {"F4"}, Needs::RunnableModel,
                       [&w] { w.budget().requestFit(); });
    fit->setIcon(glyph("fit"));
    fit->setToolTip(tr("The recipe with the least predicted damage within the budget of the "
                       "toolbar (F4, or Return in the budget)"));
    m_judge = add(menu_, "judge", tr("&Judge quantized against original"), {"F6"},
                  Needs::RunnableModel, [&desk] { desk.analysis.judge(); });
    m_judge->setIcon(glyph("judge"));
    add(menu_, "fitMeasured", tr("&Fit by measuring recipes…"), {"F7"}, Needs::RunnableModel,
        [this] { fitMeasured(); })
        ->setToolTip(tr("Fits the budget, then measures recipes near the predicted best on a text "
                        "of your own for at most five minutes; Stop keeps the best so far (F7)"));
    add(menu_, "quantizedInputs", tr("Inputs behind &quantized layers"), {}, Needs::RunnableModel,
        [&desk] { desk.analysis.measureQuantizedInputs(); })
        ->setToolTip(tr("Methods like GPTQ then see what comes through the layers before as the "
                        "recipe stores them, as in its paper"));
    addBackground(menu_);
    add(menu_, "stop", tr("&Stop"), {"Esc"}, Needs::Job, [&desk] {
        desk.session.jobs().cancelAll();
    })->setIcon(glyph("stop"));
    add(menu_, "jobs", tr("J&obs…"), {"Ctrl+J"}, Needs::Nothing, [&w] {
        w.showJobs();
    })->setToolTip(tr("What runs and what waits, each with a way to stop it (Ctrl+J)"));
    menu_->addSeparator();
    buildTexts(menu_);
    menu_->addSeparator();
    buildTargets(menu_);
}

void Actions::addBackground(QMenu* into)
{
    BackgroundMeasuring& background = m_window.desk().background;
    QAction* action = add(into, "measureInBackground", tr("&Measure in the background"), {},
                          Needs::Nothing, [] {});
    action->setCheckable(true);
    action->setToolTip(
        tr("While nothing else runs, finds what the number keys would cost, then tries "
           "layers alone and the recipe on the evaluation text, the most doubtful "
           "first; predictions learn from it"));
    connect(action, &QAction::toggled, &background, &BackgroundMeasuring::setOn);
    const auto show = [action, &background] {
        const QSignalBlocker quiet(action);
        action->setChecked(background.isOn());
    };
    connect(&background, &BackgroundMeasuring::stateChanged, action, show);
    connect(&background, &BackgroundMeasuring::activityChanged, this, &Actions::showStates);
    show();
}

void Actions::fitMeasured()
{
    askForText(
        tr("Text to measure recipes on, not used for anything else"),
        [this](const QString& path) { m_window.desk().analysis.fit(m_window.askedFit(), path); });
}

void Actions::buildTexts(QMenu* into)
{
    m_chooseCalibration = add(into, "chooseCalibration", tr("Choose &calibration text…"), {},
                              Needs::Nothing, [this] { chooseText(TextUse::Calibration); });
    m_chooseEvaluation = add(into, "chooseEvaluation", tr("Choose &evaluation text…"), {},
                             Needs::Nothing, [this] { chooseText(TextUse::Evaluation); });
    add(into, "bundledTexts", tr("Use the &bundled texts"), {}, Needs::Nothing,
        [this] { m_window.desk().texts.useBundled(); });
    connect(&m_window.desk().texts, &ModelTexts::changed, this, &Actions::showTexts);
    showTexts();
}

/// An answer that comes when another model is open than was asked about does nothing.
void Actions::askForText(const QString& title, const std::function<void(const QString&)>& use)
{
    Session& session = m_window.desk().session;
    const auto ofThisModel = [&session, of = session.sharedModel(), use](const QString& path) {
        if (of == session.sharedModel())
            use(path);
        else
            Q_EMIT session.message(Loudness::Warning,
                                   tr("Nothing was done: another model was opened meanwhile."));
    };
    askForFile(&m_window, title, QFileDialog::AcceptOpen, {},
               tr("Texts (*.txt *.md);;All files (*)"), ofThisModel, FilePurpose::Text);
}

void Actions::chooseText(TextUse use)
{
    askForText(use == TextUse::Calibration ? tr("Calibration text") : tr("Evaluation text"),
               [this, use](const QString& path) { m_window.desk().texts.choose(use, path); });
}

/// What a run will read is said where it is started.
void Actions::showTexts()
{
    const ModelTexts& texts = m_window.desk().texts;
    const bool open_ = m_window.desk().session.isOpen();
    const auto about = [&](TextUse use) {
        const ShownText& text = texts.text(use);
        QStringList parts{text.kind.isEmpty() ? text.name : tr("%1, %2").arg(text.name, text.kind)};
        if (!text.warning.isEmpty())
            parts.append(text.warning);
        return parts.join('\n');
    };
    const QString calibration = open_ ? tr("On %1").arg(about(TextUse::Calibration)) : QString();
    const QString evaluation = open_ ? tr("On %1").arg(about(TextUse::Evaluation)) : QString();
    const auto below = [](const QString& first, const QString& second) {
        return second.isEmpty() ? first : first + '\n' + second;
    };
    analyse->setToolTip(
        below(tr("Statistics of all layers, then what each can bear (F5)"), calibration));
    m_judge->setToolTip(below(tr("Quantized against original (F6)"), evaluation));
    m_chooseCalibration->setToolTip(calibration);
    m_chooseEvaluation->setToolTip(evaluation);
}

void Actions::buildTargets(QMenu* into)
{
    QMenu* menu_ = into->addMenu(tr("Expo&rt target"));
    menu_->setObjectName("targetMenu");
    Session& session = m_window.desk().session;
    for (const Target& target : targets()) {
        const QString id = QString::fromStdString(target.id);
        QAction* action = add(menu_, "target-" + id, QString::fromStdString(target.title), {},
                              Needs::Model, [&session, id] { session.setTarget(id); });
        action->setCheckable(true);
        m_targets.addAction(action);
        const auto show = [action, id, &session] {
            action->setChecked(QString::fromStdString(session.recipe().target) == id);
        };
        connect(&session, &Session::targetChanged, action, show);
        connect(&session, &Session::targetRefused, action, show);
        connect(&session, &Session::opened, action, show);
        show();
    }
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
    add(help, "firstSteps", tr("&First steps"), QKeySequence::HelpContents, Needs::Nothing,
        [&w] { showFirstSteps(&w); });
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
    Desk& desk = m_window.desk();
    connect(&desk.session, &Session::aboutToOpen, this, &Actions::forgetOffers);
    connect(&desk.selection, &QItemSelectionModel::selectionChanged, this, &Actions::forgetOffers);
    connect(&desk.session, &Session::opened, this, &Actions::showStates);
    connect(&desk.session.jobs(), &Jobs::activityChanged, this, &Actions::showStates);
    connect(&desk.selection, &QItemSelectionModel::selectionChanged, this, &Actions::showStates);
    showStates();
}

void Actions::showStates()
{
    const Desk& desk = m_window.desk();
    const bool open_ = desk.session.isOpen();
    const bool runnable = open_ && desk.session.model().runnable();
    const bool selection = open_ && desk.selection.hasSelection();
    const bool job = m_window.desk().session.jobs().canCancel();
    const bool holds[] = {true, open_, runnable, selection, job};
    for (const Row& row : std::as_const(m_rows)) {
        if (row.needs != Needs::Nothing)
            row.action->setEnabled(holds[static_cast<int>(row.needs)]);
    }
    m_schemes->setEnabled(selection);
    m_methods->setEnabled(selection);
    m_roundings->setEnabled(selection);
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

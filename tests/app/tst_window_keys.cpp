// SPDX-License-Identifier: GPL-3.0-or-later
// Keys do what their menus say, wherever the focus is: panels come to sight, Esc closes what has
// focus, Fit is a command, and the number keys follow the selection.
#include "app/panels/panels.h"
#include "app/words/widget_headers.h"
#include "tests/app/app_fixture.h"
#include "tests/app/window_driver.h"
#include "tests/test_data.h"
#include "widgets/window/command_model.h"

#include <QAction>
#include <QComboBox>
#include <QDockWidget>
#include <QDoubleSpinBox>
#include <QListView>
#include <QMenu>
#include <QTableWidget>
#include <QWhatsThis>

#include <atomic>
#include <thread>

using namespace bitloom;

class TestWindowKeys : public QObject, private WindowDriver {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanup();
    void cleanupTestCase() { window.reset(); }
    void panelKeysShowAndRaise();
    void eachPanelIsOneCommand();
    void escapeClosesOnlyWhatHasFocus_data();
    void escapeClosesOnlyWhatHasFocus();
    void escapeStopsJobsOtherwise();
    void fitIsACommand();
    void theFitKeyOpensChoices();
    void offersFollowTheSelection();
    void returnInTheBudgetFits();
    void numberKeysFollowAClick_data();
    void numberKeysFollowAClick();

private:
    bool isInSight(const Panel& panel) const
    {
        return !window->dock(panel.id)->widget()->visibleRegion().isEmpty();
    }
    void press(const QKeySequence& keys) const { QTest::keySequence(window.get(), keys); }
    void startEndlessJob();
    std::pair<QWidget*, QPoint> clickable(const QString& view, int slot) const;
    std::string schemeOf(int slot) const { return session().choice(slot).scheme; }

    AppFixture m_fixture;
    std::atomic<bool> m_stopped = false;
};

void TestWindowKeys::initTestCase()
{
    AnalysisSettings settings;
    settings.context = 16;
    settings.calibrationWindows = 2;
    settings.engine = "torch";
    show(settings);
    window->context().background.setOn(false);
    openSample(session());
    session().setTarget("safetensors");
    window->context().analysis.analyse();
    TRY_IDLE();
}

void TestWindowKeys::cleanup()
{
    session().jobs().cancelAll();
    TRY_IDLE();
    QCOMPARE(AppFixture::takeWarnings(), QStringList());
}

/// Until it is stopped.
void TestWindowKeys::startEndlessJob()
{
    m_stopped = false;
    session().jobs().start(
        {"endless", "Endless", JobQueue::Engine}, this,
        [](JobProgress& progress) {
            while (!progress.stopRequested())
                std::this_thread::yield();
            return true;
        },
        [this](bool) { m_stopped = true; });
    QTRY_VERIFY(find<QAction>("stop")->isEnabled());
}

void TestWindowKeys::panelKeysShowAndRaise()
{
    for (const Panel& panel : panels()) {
        auto* action = find<QAction>(qPrintable(QString("panel-") + panel.id));
        QDockWidget* dock = window->dock(panel.id);
        // Behind whatever shares its place.
        const QList<QDockWidget*> beside = window->tabifiedDockWidgets(dock);
        for (QDockWidget* other : beside) {
            other->show();
            other->raise();
        }
        QTRY_VERIFY2(beside.isEmpty() || !isInSight(panel), panel.id);
        QCOMPARE(action->isChecked(), beside.isEmpty());
        if (!beside.isEmpty())
            press(action->shortcut());
        QTRY_VERIFY2(isInSight(panel), panel.id);
        QVERIFY2(action->isChecked(), panel.id);
        press(action->shortcut()); // in sight already: put away
        QTRY_VERIFY2(dock->isHidden(), panel.id);
        QVERIFY2(!action->isChecked(), panel.id);
        action->trigger(); // from the menu, or the palette
        QTRY_VERIFY2(isInSight(panel), panel.id);
    }
}

/// Not two of one name, of which one only hides.
void TestWindowKeys::eachPanelIsOneCommand()
{
    CommandModel commands;
    commands.collect(window.get());
    for (const Panel& panel : panels()) {
        int count = 0;
        for (int row = 0; row < commands.rowCount(); ++row) {
            const QString name = commands.index(row, 0).data().toString();
            count += name == panelTitle(panel) || name.endsWith(": " + panelTitle(panel)) ? 1 : 0;
        }
        QVERIFY2(count == 1, panel.id);
    }
    const std::unique_ptr<QMenu> menu(window->createPopupMenu());
    QCOMPARE(menu->actions().size(), panels().size());
}

void TestWindowKeys::escapeClosesOnlyWhatHasFocus_data()
{
    QTest::addColumn<QString>("what");
    for (const char* what : {"palette", "choices", "menu", "why", "message", "whatsThis"})
        QTest::newRow(what) << what;
}

void TestWindowKeys::escapeClosesOnlyWhatHasFocus()
{
    QFETCH(const QString, what);
    window->context().select({slotNamed(session(), "model.layers.1.mlp.down_proj")});
    startEndlessJob();
    QPointer<QWidget> opened;
    if (what == "palette") {
        window->showPalette();
        opened = window->findChild<QWidget*>("commandPalette");
    } else if (what == "choices") {
        auto* kind = find<QComboBox>("budgetKind");
        kind->setFocus();
        kind->showPopup();
        opened = kind->view();
    } else if (what == "menu") {
        opened = find<QMenu>("analyseMenu");
        static_cast<QMenu*>(opened.data())->popup(window->mapToGlobal(QPoint(20, 20)));
    } else if (what == "why") {
        find<QAction>("why")->trigger();
        opened = window->findChild<QWidget*>("whyPopover");
    } else if (what == "whatsThis") {
        QWhatsThis::enterWhatsThisMode();
        QTest::keyClick(window->windowHandle(), Qt::Key_Escape);
        QVERIFY(!QWhatsThis::inWhatsThisMode());
    } else {
        window->messages().post(MessageBar::Warning, "Something is wrong.");
        opened = &window->messages();
        const QList<QAbstractButton*> buttons = opened->findChildren<QAbstractButton*>();
        QTRY_VERIFY(opened->isVisible() && !buttons.isEmpty());
        buttons.last()->setFocus();
    }
    if (what != "whatsThis") {
        QTRY_VERIFY(opened && opened->isVisible());
        // Keys arrive at the window that has focus, wherever a popup lies over it.
        QTest::keyClick(window->windowHandle(), Qt::Key_Escape);
        QTRY_VERIFY(!opened || !opened->isVisible());
    }
    QTest::qWait(0);
    QVERIFY(!m_stopped && session().jobs().isRunning("endless"));
    session().jobs().cancel("endless");
    QTRY_VERIFY(m_stopped);
    window->messages().clear();
}

void TestWindowKeys::escapeStopsJobsOtherwise()
{
    startEndlessJob();
    find<QTreeView>("layerTree")->setFocus();
    QTest::keyClick(window->windowHandle(), Qt::Key_Escape);
    QTRY_VERIFY(m_stopped);
}

void TestWindowKeys::fitIsACommand()
{
    auto* fit = find<QAction>("fit");
    QVERIFY(fit->isEnabled());
    QVERIFY(find<QMenu>("analyseMenu")->actions().contains(fit));
    window->budget().setBits(5);
    press(fit->shortcut());
    QVERIFY(session().jobs().isRunning("fit"));
}

/// F4 is how a list of choices is opened by keys.
void TestWindowKeys::theFitKeyOpensChoices()
{
    auto* kind = find<QComboBox>("budgetKind");
    kind->setFocus();
    QTest::keyClick(window->windowHandle(), Qt::Key_F4);
    QTRY_VERIFY(kind->view()->isVisible());
    QVERIFY(!session().jobs().isRunning("fit"));
    kind->hidePopup();
}

/// What a closed menu still offers is for the layers that are selected when it is taken.
void TestWindowKeys::offersFollowTheSelection()
{
    const QList<int> all = quantizableSlots(session());
    for (const char* name : {"schemeMenu", "activationMenu"}) {
        window->context().select({all.first()});
        auto* menu = find<QMenu>(name);
        Q_EMIT menu->aboutToShow();
        QVERIFY2(!menu->actions().isEmpty(), name);
        window->context().select({all.last()});
        QVERIFY2(menu->actions().isEmpty(), name);
    }
}

void TestWindowKeys::returnInTheBudgetFits()
{
    auto* bits = find<QDoubleSpinBox>("budgetBits");
    bits->setFocus();
    bits->selectAll();
    QTest::keyClicks(bits, QLocale().toString(3.5, 'f', 2));
    QTest::keyClick(bits, Qt::Key_Return);
    QCOMPARE(window->budget().bits(), 3.5);
    QVERIFY(session().jobs().isRunning("fit"));
}

void TestWindowKeys::numberKeysFollowAClick_data()
{
    QTest::addColumn<QString>("view");
    for (const char* view :
         {"layers", "histogram", "sensitivity", "errors", "heatMap", "network", "lab", "measured",
          "recurrence", "norms", "spectrum", "recipes", "channels"})
        QTest::newRow(view) << view;
}

/// The plot or table in a panel, with something in it, and where a click chooses a layer or leaves
/// the choice as it is.
std::pair<QWidget*, QPoint> TestWindowKeys::clickable(const QString& view, int slot) const
{
    const QList<LabDot> dots{{slot, 0, "one", 0.01, 0.02}, {slot, 0, "other", 0.1, 0.07}};
    const auto centre = [](PlotBase* plot) {
        return std::pair<QWidget*, QPoint>(plot, plot->axisRect()->rect().center());
    };
    const auto row = [](QAbstractItemView* table) {
        return std::pair<QWidget*, QPoint>(table->viewport(),
                                           table->visualRect(table->model()->index(0, 0)).center());
    };
    if (view == "layers") {
        auto* tree = find<QTreeView>("layerTree");
        return {tree->viewport(), tree->visualRect(tree->currentIndex()).center()};
    }
    if (view == "network") {
        auto* network = find<NetworkView>("networkView");
        return {network->viewport(),
                network->cellRect(window->context().layers.indexOf(slot)).center()};
    }
    if (view == "lab" || view == "measured") {
        auto* plot = find<LabPlot>(qPrintable(view + "Plot"));
        plot->setDots(dots, {"q4_k"}, true, {});
        return {plot, plot->dotPosition(0).value_or(QPointF()).toPoint()};
    }
    if (view == "recurrence" || view == "norms") { // as in a network that has one
        auto* panel = find<RecurrencePanel>("recurrencePanel");
        panel->setNorms({{slot, "hidden", 1, 1.1}}, {});
        panel->setDrift({{"h", {0.1, 0.2}}}, {});
        return view == "norms" ? row(panel->norms()) : centre(panel->plot());
    }
    if (view == "recipes")
        return row(find<QTableWidget>("recipeDiffTable"));
    if (view == "spectrum") {
        Spectrum spectrum;
        spectrum.curve = {{-1, 1}, {0, 10}, {1, 1}};
        find<SpectrumPanel>("spectrumPanel")->plot()->setSpectrum(spectrum);
        return centre(find<SpectrumPanel>("spectrumPanel")->plot());
    }
    return centre(find<PlotBase>(qPrintable(view == "channels" ? "outputChannels" : view)));
}

void TestWindowKeys::numberKeysFollowAClick()
{
    QFETCH(const QString, view);
    ApplicationContext& context = window->context();
    session().setScheme(quantizableSlots(session()), "int8-g32-sym");
    TRY_IDLE();
    if (QDockWidget* dock = window->dock(view == "norms" ? "recurrence" : view)) {
        dock->show();
        dock->raise();
    }
    const int slot = slotNamed(session(), "model.layers.0.mlp.up_proj");
    context.select({slot});
    window->setFocus();
    TRY_IDLE();
    QTest::qWait(100); // plots are drawn when there is time
    const auto [clicked, place] = clickable(view, slot);
    QTRY_VERIFY(clicked->isVisible());
    if (view != "layers" &&
        !QStringList{"histogram", "recurrence", "spectrum", "channels"}.contains(view))
        context.select({}); // it must choose
    QTest::mouseClick(clicked, Qt::LeftButton, {}, place);
    QTRY_VERIFY(!context.selectedQuantizable().isEmpty());
    const QList<int> chosen = context.selectedQuantizable();
    QTest::keyClick(window->windowHandle(), Qt::Key_4);
    for (const int each : chosen)
        QVERIFY2(schemeNamed(schemeOf(each)).bits() == 4, schemeOf(each).c_str());
}

QTEST_MAIN(TestWindowKeys)
#include "tst_window_keys.moc"

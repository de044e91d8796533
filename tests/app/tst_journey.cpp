// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/theme.h"
#include "app/panels/selection_history.h"
#include "app/words/widget_headers.h"
#include "core/network/model/model.h"
#include "tests/app/app_fixture.h"
#include "tests/app/gap_meter.h"
#include "tests/app/nameless_controls.h"
#include "tests/app/paints.h"
#include "tests/app/window_driver.h"

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAbstractSpinBox>
#include <QComboBox>
#include <QDialog>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QStatusBar>
#include <QTreeView>

using namespace bitloom;

namespace {

/// Milliseconds of the GUI thread's processor time, which a busy machine does not lengthen much: a
/// frame or two. What a frame of 16 ms takes on a quiet machine is measured by bench_window.
constexpr double kLongestEvent = 100;

} // namespace

/// The main job in the real window with the real engines, by mouse and keyboard. The cases build on
/// each other, in the order in which they stand.
class TestJourney : public QObject, private WindowDriver {
    Q_OBJECT

public:
    TestJourney();

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void cleanupTestCase();

    void opensTheSample();
    void inspectsLayers();
    void filtersLayers();
    void escapeStopsAndKeeps();
    void analyses();
    void setsBitsByKeyAndStrip();
    void clipsByKeyboard();
    void undoesEverything();
    void fitsABudget();
    void evaluates();
    void restsWhenNothingGoesOn();
    void goesBackToAnOldState();
    void comparesTwoTexts();
    void savesTheRecipe();
    void exportsAndReadsBack();
    void panelsHideAndReturn();
    void survivesDarkAndLight();
    void everyControlHasAName();
    void wrongDropLeavesTheModelOpen();
    void asksBeforeClosing();

private:
    AppFixture m_fixture;
    Recipe m_fitted;
};

TestJourney::TestJourney() = default;

void TestJourney::initTestCase()
{
    AnalysisSettings settings;
    settings.calibrationWindows = 16;
    settings.evaluationWindows = 8;
    show(settings);
    static_cast<MeasuredApplication*>(qApp)->startMeasuring();
}

void TestJourney::init()
{
    window->activateWindow(); // shortcuts belong to the active window
    QTRY_VERIFY(window->isActiveWindow());
}

void TestJourney::cleanup()
{
    QCOMPARE(AppFixture::takeWarnings(), QStringList());
}

void TestJourney::cleanupTestCase()
{
    window.reset();
    const auto* application = static_cast<MeasuredApplication*>(qApp);
    const QString longest = QString("%1 ms of processor time, %2")
                                .arg(application->longestEvent(), 0, 'f', 1)
                                .arg(application->slowestReceiver());
    qInfo("longest event: %s", qPrintable(longest));
    QVERIFY2(application->longestEvent() < kLongestEvent, qPrintable(longest));
}

void TestJourney::opensTheSample()
{
    QVERIFY(find<QWidget>("welcomePage")->isVisible());
    QSignalSpy opened(&session(), &Session::opened);
    click("welcomeSample");
    QTRY_COMPARE_WITH_TIMEOUT(opened.size(), 1, 20000);
    QVERIFY(!find<QWidget>("welcomePage")->isVisible());
    QVERIFY(window->windowTitle().contains("Bitloom"));
    auto* tree = find<QTreeView>("layerTree");
    QVERIFY(tree->isVisible());
    QCOMPARE(tree->model()->rowCount(), 6);
    QTRY_VERIFY2(text("sizeLabel").contains("%"), qPrintable(text("sizeLabel")));
    QVERIFY2(text("memoryLabel").contains("iB"), qPrintable(text("memoryLabel")));
    QCOMPARE(text("savedLabel"), "✓ saved");
}

void TestJourney::inspectsLayers()
{
    clickRow("model.layers.0.mlp.down_proj");
    QTRY_VERIFY(text("histogramTitle").contains("model.layers.0.mlp.down_proj"));
    QCOMPARE(text("histogramCaption"), "kept as stored");
    auto* canvas = find<HistogramPlot>("histogramPanel")->canvas();
    QVERIFY(canvas->emptyText().isEmpty());
    QTRY_COMPARE(text("statisticsTitle"), "model.layers.0.mlp.down_proj");
    const auto* statistics = find<StatisticsPanel>("statisticsPanel");
    QTRY_VERIFY(statistics->table(false).rows.size() > 8); // they come after the name
    QTRY_COMPARE(window->history().count(), 1);
    keyInTree(Qt::Key_Up); // the histogram follows
    QTRY_VERIFY(text("histogramTitle").contains("model.layers.0.mlp.up_proj"));
    keyInTree(Qt::Key_Up);
    QTRY_VERIFY(text("histogramTitle").contains("model.layers.0.mlp.gate_proj"));
    QTRY_VERIFY(window->history().canGoBack());
    QTest::keyClick(window.get(), Qt::Key_Left, Qt::AltModifier);
    QTRY_VERIFY(!text("histogramTitle").contains("gate_proj"));
}

void TestJourney::filtersLayers()
{
    QTest::keyClick(window.get(), Qt::Key_F, Qt::ControlModifier);
    auto* filter = find<QLineEdit>("layerFilter");
    QTRY_VERIFY(filter->hasFocus());
    QTest::keyClicks(filter, "down");
    auto* tree = find<QTreeView>("layerTree");
    QTRY_COMPARE(tree->model()->rowCount(), 4); // one down_proj a block
    filter->clear();
    QTRY_COMPARE(tree->model()->rowCount(), 6);
}

void TestJourney::escapeStopsAndKeeps()
{
    AnalysisSettings settings = window->context().analysis.settings();
    const AnalysisSettings usual = settings;
    settings.calibrationWindows = 160;
    window->context().analysis.setSettings(settings);
    QTest::keyClick(window.get(), Qt::Key_F5);
    QTRY_VERIFY_WITH_TIMEOUT(text("jobText").contains("Analyse"), 20000);
    QTRY_VERIFY(window->context().measurements.statistics(0) != nullptr);
    QTest::keyClick(window.get(), Qt::Key_Escape);
    TRY_IDLE();
    QVERIFY(!find<QWidget>("jobBar")->isVisible());
    QVERIFY(window->context().measurements.statistics(0) != nullptr);
    window->context().analysis.setSettings(usual);
}

void TestJourney::analyses()
{
    QTest::keyClick(window.get(), Qt::Key_F5);
    TRY_IDLE();
    QTRY_VERIFY2(text("sensitivitySubtitle").contains("calibration.txt"),
                 qPrintable(text("sensitivitySubtitle")));
    QVERIFY(text("sensitivitySubtitle").contains("16 windows of 128"));
    for (const int slot : quantizableSlots(session()))
        QVERIFY(window->context().measurements.sensitivity(slot).value_or(0) > 0);
    const QString shown =
        row("model.layers.0.mlp.down_proj").siblingAtColumn(SensitivityColumn).data().toString();
    QVERIFY2(shown.toDouble() > 0, qPrintable(shown));
    QTRY_COMPARE(text("predictedKl").left(1), "0"); // nothing was changed yet
}

void TestJourney::setsBitsByKeyAndStrip()
{
    clickRow("model.layers.0.mlp.gate_proj");
    clickRow("model.layers.0.mlp.down_proj", Qt::ShiftModifier);
    QTRY_VERIFY2(text("selectedCount").contains("3"), qPrintable(text("selectedCount")));
    keyInTree(Qt::Key_4);
    for (const char* name : {"gate_proj", "up_proj", "down_proj"}) {
        const std::string slot = std::string("model.layers.0.mlp.") + name;
        QCOMPARE(row(slot.c_str()).siblingAtColumn(SchemeColumn).data().toString(), "q4_k");
        QTRY_VERIFY(row(slot.c_str()).siblingAtColumn(ErrorColumn).data().toString().contains("%"));
    }
    QVERIFY(window->isWindowModified());
    QCOMPARE(text("savedLabel"), "● not saved");

    clickRow("model.layers.1.self_attn.q_proj");
    QTRY_VERIFY(find<QAbstractButton>("bits_q8_0")->isEnabled());
    click("bits_q8_0");
    QCOMPARE(row("model.layers.1.self_attn.q_proj").data(SchemeRole).toString(), "q8_0");
    QTRY_VERIFY2(text("histogramCaption").contains("relative error"),
                 qPrintable(text("histogramCaption")));
    QTRY_VERIFY2(text("budgetResult").contains("predicted KL"), qPrintable(text("budgetResult")));
    QTRY_VERIFY(window->context().measurements.predictedKl().value_or(0) > 0);
}

void TestJourney::clipsByKeyboard()
{
    clickRow("model.layers.2.mlp.up_proj");
    QTRY_VERIFY(text("histogramTitle").contains("model.layers.2.mlp.up_proj"));
    TRY_IDLE();
    auto* high = find<QAbstractSpinBox>("clipHigh");
    QVERIFY(high->isEnabled());
    high->setFocus();
    high->selectAll();
    QTest::keyClicks(high, QLocale().toString(0.05));
    QTest::keyClick(high, Qt::Key_Return);
    QTRY_VERIFY(session().choice(slotNamed(session(), "model.layers.2.mlp.up_proj")).clipHigh);
    QTRY_VERIFY2(text("histogramCaption").contains("relative error"),
                 qPrintable(text("histogramCaption")));
}

void TestJourney::undoesEverything()
{
    TRY_IDLE();
    const Recipe edited = session().recipe();
    const int steps = session().undoStack().count();
    QCOMPARE(steps, 3);
    for (int i = 0; i < steps; ++i)
        QTest::keyClick(window.get(), Qt::Key_Z, Qt::ControlModifier);
    QVERIFY(session().recipe().slots.empty());
    QVERIFY(!window->isWindowModified());
    for (int i = 0; i < steps; ++i)
        QTest::keyClick(window.get(), Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(session().recipe(), edited);
    for (int i = 0; i < steps; ++i)
        QTest::keyClick(window.get(), Qt::Key_Z, Qt::ControlModifier);
    TRY_IDLE();
}

void TestJourney::fitsABudget()
{
    clickRow("model.layers.3.mlp.down_proj");
    QTest::keyClick(window.get(), Qt::Key_L, Qt::ControlModifier);
    const int locked = slotNamed(session(), "model.layers.3.mlp.down_proj");
    QVERIFY(session().choice(locked).fit.locked);
    askForFit(6);
    TRY_IDLE();
    QTRY_VERIFY(!session().changedByFit().isEmpty());
    QVERIFY(!session().changedByFit().contains(locked));
    QVERIFY(session().choice(locked).scheme.empty());
    QTRY_VERIFY(window->context().measurements.predictedKl());
    const double reached = window->context().measurements.size()->now.bitsPerWeight();
    QVERIFY2(reached <= 6.0 && reached > 5.5, qPrintable(QString::number(reached)));
    QVERIFY(*window->context().measurements.predictedKl() > 0);
    m_fitted = session().recipe();
    QVERIFY(session().undoStack().undoText().startsWith("Fit"));
}

void TestJourney::evaluates()
{
    click("evaluate");
    TRY_IDLE();
    QTRY_VERIFY(window->context().analysis.evaluation());
    const Evaluation& result = window->context().analysis.evaluation()->result;
    QVERIFY(result.compared());
    QVERIFY(result.divergence().value > 0);
    QVERIFY(result.ofText()->perplexity > 1);
    QVERIFY2(text("perplexity").contains("→"), qPrintable(text("perplexity")));
    QVERIFY2(text("evaluationSource").contains("evaluation.txt"),
             qPrintable(text("evaluationSource")));
    for (const char* share : {"topAgreement", "topFiveAgreement"})
        QVERIFY2(text(share).contains(" ± ") && text(share).contains("%"), qPrintable(text(share)));
    QVERIFY2(text("reverseKl").contains(" ± "), qPrintable(text("reverseKl")));
    QVERIFY2(text("klQuantiles").contains("99 %"), qPrintable(text("klQuantiles")));
    QVERIFY2(text("klAlong").contains("early"), qPrintable(text("klAlong")));
    QVERIFY2(text("engineLabel").contains("Torch") || text("engineLabel").contains("Vulkan"),
             qPrintable(text("engineLabel")));
}

/// Whatever panel is shown: what paints itself again and again takes a core of the user's.
void TestJourney::restsWhenNothingGoesOn()
{
    const bool measures = window->context().background.isOn();
    window->context().background.setOn(false);
    const QList<QDockWidget*> docks = window->findChildren<QDockWidget*>();
    QList<QDockWidget*> onTop;
    std::ranges::copy_if(docks, std::back_inserter(onTop),
                         [](const QDockWidget* dock) { return !dock->visibleRegion().isEmpty(); });
    for (QDockWidget* dock : docks) {
        if (dock->isHidden())
            continue;
        dock->raise();
        TRY_IDLE();
        const QStringList painted = paintsThatGoOn();
        QVERIFY2(painted.isEmpty(), qPrintable(dock->objectName() + ": " + painted.join(" ")));
    }
    for (QDockWidget* dock : std::as_const(onTop))
        dock->raise();
    window->context().background.setOn(measures);
}

void TestJourney::goesBackToAnOldState()
{
    auto* plot = find<SizeQualityPlot>("sizeQuality");
    const VisitedStates& visited = window->context().visited;
    QVERIFY(visited.states().size() >= 3);
    int target = -1;
    for (const VisitedStates::State& state : visited.states()) {
        if (state.id != visited.current() && plot->dotPosition(state.id))
            target = state.id;
    }
    QVERIFY(target >= 0);
    QTRY_VERIFY(plot->dotPosition(target).has_value());
    QTest::mouseClick(plot, Qt::LeftButton, {}, plot->dotPosition(target)->toPoint());
    QTRY_VERIFY(session().recipe() != m_fitted);
    QTRY_COMPARE(visited.current(), target);
    for (int i = 0; i < 5 && session().recipe() != m_fitted; ++i)
        QTest::keyClick(window.get(), Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    for (int i = 0; i < 5 && session().recipe() != m_fitted; ++i)
        QTest::keyClick(window.get(), Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(session().recipe(), m_fitted);
    TRY_IDLE();
}

void TestJourney::comparesTwoTexts()
{
    auto* prompt = find<QLineEdit>("prompt");
    prompt->clear();
    QTest::keyClicks(prompt, "The little dog");
    click("compareRun");
    QTRY_VERIFY(find<ComparePane>("comparePane")->isRunning());
    QTRY_VERIFY_WITH_TIMEOUT(!find<ComparePane>("comparePane")->isRunning(), 60000);
    const QString original = find<QPlainTextEdit>("originalText")->toPlainText();
    const QString quantized = find<QPlainTextEdit>("quantizedText")->toPlainText();
    QVERIFY2(original.size() > 30, qPrintable(original));
    QVERIFY2(quantized.size() > 30, qPrintable(quantized));
    const auto parting = std::ranges::mismatch(original, quantized);
    QVERIFY2(parting.in1 != original.end() && parting.in2 != quantized.end(),
             qPrintable(original + " / " + quantized));
    QCOMPARE(find<ComparePane>("comparePane")->texts()->firstDifference(),
             static_cast<int>(parting.in1 - original.begin()));
    QVERIFY(!find<QPlainTextEdit>("originalText")->extraSelections().isEmpty());
    QVERIFY2(text("compareNumbers").contains("KL"), qPrintable(text("compareNumbers")));
}

void TestJourney::savesTheRecipe()
{
    const QString path = m_fixture.folder() + "/fit.json";
    QTest::keyClick(window.get(), Qt::Key_S, Qt::ControlModifier);
    QTRY_VERIFY(window->findChild<QDialog*>("fileDialog"));
    auto* dialog = find<QDialog>("fileDialog");
    auto* name = dialog->findChild<QLineEdit*>("fileNameEdit");
    QVERIFY(name);
    name->setText(path);
    QTest::keyClick(name, Qt::Key_Return);
    QTRY_COMPARE(session().recipePath(), path);
    QCOMPARE(text("savedLabel"), "✓ saved");
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(Recipe::fromJson(file.readAll().toStdString()), m_fitted);
}

void TestJourney::exportsAndReadsBack()
{
    const QString path = m_fixture.folder() + "/exported.gguf";
    QTest::keyClick(window.get(), Qt::Key_E, Qt::ControlModifier | Qt::ShiftModifier);
    QTRY_VERIFY(window->findChild<QDialog*>("exportDialog"));
    QTRY_VERIFY2(text("exportSize").contains("bits per weight"), qPrintable(text("exportSize")));
    auto* edit = find<QLineEdit>("exportPath");
    edit->selectAll();
    QTest::keyClicks(edit, path);
    click("exportButton");
    QTRY_VERIFY2_WITH_TIMEOUT(text("exportState").startsWith("Exported"),
                              qPrintable(text("exportState")), 60000);
    TRY_IDLE();
    QCOMPARE(QFileInfo(path).size(), window->context().measurements.size()->now.fileBytes);
    click("exportClose");
    QTRY_VERIFY(!window->findChild<QDialog*>("exportDialog"));

    const PausedMeasuring paused; // what follows is the test's own work
    const auto exported = openModel(path.toStdString());
    QVERIFY(exported->runnable());
    QCOMPARE(exported->graph.slots.size(), session().model().graph.slots.size());
    const std::string sentence = "The little dog ran to the river.";
    QCOMPARE(exported->tokenizer->encode(sentence, true),
             session().model().tokenizer->encode(sentence, true));
    for (const int slot : quantizableSlots(session())) {
        const Slot& original = session().model().graph.slot(slot);
        int twin = -1; // names differ between the formats; role and block do not
        for (size_t i = 0; i < exported->graph.slots.size(); ++i) {
            const Slot& other = exported->graph.slots[i];
            if (other.role == original.role && other.block == original.block)
                twin = static_cast<int>(i);
        }
        QVERIFY(twin >= 0);
        const Matrix want = TransformedModel(session().model())
                                .encode(slot, m_fitted.choice(original.name))
                                .decode();
        const Matrix got = exported->tensorOf(exported->graph.slot(twin)).read();
        QVERIFY2(want.values == got.values, original.name.c_str());
    }
}

void TestJourney::panelsHideAndReturn()
{
    QDockWidget* statistics = window->dock("statistics");
    QTest::keyClick(window.get(), Qt::Key_5, Qt::ControlModifier);
    QTRY_VERIFY(!statistics->isVisible());
    QTest::keyClick(window.get(), Qt::Key_5, Qt::ControlModifier);
    QTRY_VERIFY(statistics->isVisible());
    window->dock("quality")->setFloating(true);
    window->restoreDefaultLayout();
    QTRY_VERIFY(!window->dock("quality")->isFloating());
    QTest::keyClick(window.get(), Qt::Key_K, Qt::ControlModifier);
    QTRY_VERIFY(find<QWidget>("commandPalette")->isVisible());
    QTest::keyClick(find<QLineEdit>("commandFilter"), Qt::Key_Escape);
    QTRY_VERIFY(!find<QWidget>("commandPalette")->isVisible());
}

void TestJourney::survivesDarkAndLight()
{
    const PausedMeasuring paused; // nobody takes pictures of a window at work
    const QImage light = window->grab().toImage();
    applyTheme("dark");
    QTRY_VERIFY(window->grab().toImage().pixelColor(5, 5).lightness() < 100);
    applyTheme("light");
    QTRY_VERIFY(window->grab().toImage().pixelColor(5, 5).lightness() > 200);
    QCOMPARE(window->grab().size(), light.size());
}

void TestJourney::everyControlHasAName()
{
    const QStringList nameless = namelessControls(*window);
    QVERIFY2(nameless.isEmpty(), qPrintable(nameless.join("; ")));
}

void TestJourney::wrongDropLeavesTheModelOpen()
{
    const QString path = m_fixture.folder() + "/empty.gguf";
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.close();
    QMimeData mime;
    mime.setUrls({QUrl::fromLocalFile(path)});
    QDragEnterEvent enter({50, 50}, Qt::CopyAction, &mime, Qt::LeftButton, {});
    QCoreApplication::sendEvent(window.get(), &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent drop({50, 50}, Qt::CopyAction, &mime, Qt::LeftButton, {});
    QSignalSpy failed(&session(), &Session::openFailed);
    QCoreApplication::sendEvent(window.get(), &drop);
    QTRY_COMPARE(failed.size(), 1);
    QVERIFY2(text("messageText").contains("empty.gguf"), qPrintable(text("messageText")));
    QCOMPARE(session().recipe(), m_fitted);
    QTest::mouseClick(find<QAbstractButton>("messageDismiss"), Qt::LeftButton);
}

void TestJourney::asksBeforeClosing()
{
    clickRow("model.layers.2.self_attn.o_proj");
    keyInTree(Qt::Key_8);
    QVERIFY(window->isWindowModified());
    window->close();
    QTRY_VERIFY(window->findChild<QMessageBox*>("unsavedBox"));
    QVERIFY(window->isVisible());
    auto* box = find<QMessageBox>("unsavedBox");
    QTest::mouseClick(box->button(QMessageBox::Cancel), Qt::LeftButton);
    QTRY_VERIFY(!window->findChild<QMessageBox*>("unsavedBox"));
    QVERIFY(window->isVisible());

    window->close();
    QTRY_VERIFY(window->findChild<QMessageBox*>("unsavedBox"));
    QTest::mouseClick(find<QMessageBox>("unsavedBox")->button(QMessageBox::Discard),
                      Qt::LeftButton);
    QTRY_VERIFY(!window->isVisible());
    TRY_IDLE();
    QVERIFY(QDir(AppFixture::dataFolder() + "/autosave").isEmpty());
}

int main(int argc, char** argv)
{
    QStandardPaths::setTestModeEnabled(true);
    MeasuredApplication application(argc, argv);
    QApplication::setStyle("Fusion");
    initWidgetResources();
    TestJourney test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_journey.moc"

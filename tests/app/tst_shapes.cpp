// SPDX-License-Identifier: GPL-3.0-or-later
// The main job in the real window for real networks of other shapes than the sample's: what a
// network is asked for decides what the window shows, and nothing else does.
#include "app/dialogs/theme.h"
#include "app/document/evaluation_rows.h"
#include "app/words/widget_headers.h"
#include "tests/app/app_fixture.h"
#include "tests/app/window_driver.h"
#include "tests/test_data.h"

#include <QComboBox>
#include <QDialog>
#include <QFile>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QTableWidget>

#include <algorithm>

using namespace bitloom;

namespace {

constexpr const char* kMiniLm = "MiniLM"; ///< not below models: of the Python environment

struct NetworkShape {
    const char* model;      ///< folder below models
    const char* evaluation; ///< below text; empty: the bundled one
    const char* quantity;   ///< what the screen says is predicted
    bool fitted = true;     ///< false: all layers get 4 bits; a fit would take a minute
};

constexpr std::array kShapes = {
    NetworkShape{"gpt2-childrens-books/hf", "", "KL, nats per token"},
    NetworkShape{"lstm-tinystories-char/hf", "", "KL, nats per token"},
    NetworkShape{"bert-sst2/hf", "sst2/alps_dev.tsv", "KL, nats per sentence"},
    NetworkShape{kMiniLm, "", "1 − cosine", false},
};

} // namespace

class TestShapes : public QObject, private WindowDriver {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanup();
    void doesTheMainJob_data();
    void doesTheMainJob();
    void looksAtWhatCannotRead();

private:
    void makeWindow(const QString& evaluation);
    void open(const QString& path);
    void analyses(const NetworkShape& shape);
    void editsAndUndoes();
    void fits();
    void givesAllFourBits();
    void looksAtTheRecurrence();
    void evaluates();
    void compares();
    void selectsInTheNetwork();
    void exportsAndReopens();
    void takePicture(const QString& name);
    int firstQuantizable() const { return quantizableSlots(session()).first(); }

    AppFixture m_fixture;
};

void TestShapes::initTestCase()
{
    AppFixture::watchWarnings();
    applyTheme("light");
}

void TestShapes::cleanup()
{
    window.reset();
    QCOMPARE(AppFixture::takeWarnings(), QStringList());
}

void TestShapes::makeWindow(const QString& evaluation)
{
    window = std::make_unique<MainWindow>(makeEngines());
    window->resize(1500, 900);
    AnalysisSettings settings;
    settings.context = 32;
    settings.calibrationWindows = 4;
    settings.evaluationWindows = 16;
    settings.evaluationPath = evaluation;
    window->context().analysis.setSettings(settings);
    window->show();
    QVERIFY(QTest::qWaitForWindowExposed(window.get()));
}

/// With BITLOOM_SHOT_DIR set, leaves pictures of the window there, in light and dark.
void TestShapes::takePicture(const QString& name)
{
    const QString folder = qEnvironmentVariable("BITLOOM_SHOT_DIR");
    if (folder.isEmpty())
        return;
    for (const char* theme : {"dark", "light"}) {
        applyTheme(theme);
        QTest::qWait(300); // plots are drawn when there is time
        QVERIFY(window->grab().save(QString("%1/%2_%3.png").arg(folder, name, theme)));
    }
}

void TestShapes::open(const QString& path)
{
    QSignalSpy opened(&session(), &Session::opened);
    session().open(path);
    QTRY_COMPARE_WITH_TIMEOUT(opened.size(), 1, 20000);
    TRY_IDLE();
}

void TestShapes::doesTheMainJob_data()
{
    QTest::addColumn<int>("at");
    for (size_t i = 0; i < kShapes.size(); ++i)
        QTest::newRow(kShapes[i].model) << static_cast<int>(i);
}

void TestShapes::doesTheMainJob()
{
    BITLOOM_REQUIRE_TEST_DATA();
    QFETCH(int, at);
    const NetworkShape& shape = kShapes[static_cast<size_t>(at)];
    if (shape.model == std::string_view(kMiniLm))
        BITLOOM_REQUIRE_MINILM();
    const QString data = QString::fromStdString(testData());
    const QString evaluation = QString::fromUtf8(shape.evaluation);
    makeWindow(evaluation.isEmpty() ? QString() : data + "/text/" + evaluation);
    open(shape.model == std::string_view(kMiniLm) ? QString::fromStdString(miniLm())
                                                  : data + "/models/" + shape.model);
    QVERIFY2(session().model().runnable(), session().model().missing.c_str());

    window->context().select({firstQuantizable()});
    const QString name =
        QString::fromStdString(session().model().graph.slot(firstQuantizable()).name);
    QTRY_VERIFY2(text("histogramTitle").contains(name), qPrintable(text("histogramTitle")));
    analyses(shape);
    if (QTest::currentTestFailed())
        return;
    for (const auto part : {&TestShapes::editsAndUndoes,
                            shape.fitted ? &TestShapes::fits : &TestShapes::givesAllFourBits,
                            &TestShapes::looksAtTheRecurrence, &TestShapes::evaluates,
                            &TestShapes::compares, &TestShapes::selectsInTheNetwork}) {
        (this->*part)();
        if (QTest::currentTestFailed())
            return;
    }
    takePicture(QString(shape.model).section('/', 0, 0));
    exportsAndReopens();
}

void TestShapes::analyses(const NetworkShape& shape)
{
    QTest::keyClick(window.get(), Qt::Key_F5);
    TRY_IDLE();
    QTRY_VERIFY2(text("sensitivitySubtitle").contains("calibration.txt"),
                 qPrintable(text("sensitivitySubtitle")));
    for (const int slot : quantizableSlots(session()))
        QVERIFY(window->context().measurements.sensitivity(slot).value_or(-1) >= 0);
    const QString quantity = QString::fromUtf8(shape.quantity);
    auto* plot = find<SizeQualityPlot>("sizeQuality");
    QCOMPARE(plot->yAxis->label(), quantity);
    const QVariant help =
        window->context().layers.headerData(SensitivityColumn, Qt::Horizontal, Qt::ToolTipRole);
    QVERIFY2(help.toString().contains(quantity), qPrintable(help.toString()));
}

void TestShapes::editsAndUndoes()
{
    QTest::keyClick(find<QTreeView>("layerTree"), Qt::Key_4);
    const int slot = firstQuantizable();
    QTRY_VERIFY(!session().choice(slot).scheme.empty());
    QTRY_VERIFY(window->context().measurements.error(slot));
    TRY_IDLE();
    QTRY_VERIFY(window->context().measurements.predictedKl().value_or(0) > 0);
    QVERIFY2(text("predictedKl") != "–", qPrintable(text("predictedKl")));
    QTest::keyClick(window.get(), Qt::Key_Z, Qt::ControlModifier);
    QVERIFY(session().recipe().slots.empty());
    TRY_IDLE();
}

void TestShapes::fits()
{
    // The quickest: what a fit gains by better methods, others see.
    auto* method = find<QComboBox>("budgetMethod");
    method->setCurrentIndex(method->findData("nearest"));
    QCOMPARE(method->currentData().toString(), QString("nearest"));
    askForFit(5);
    TRY_IDLE();
    QTRY_VERIFY(!session().changedByFit().isEmpty());
    const auto reached = [this] {
        return window->context().measurements.size()->now.bitsPerWeight();
    };
    QTRY_VERIFY2(reached() <= 5.0 && reached() > 4, qPrintable(QString::number(reached())));
    TRY_IDLE();
}

void TestShapes::givesAllFourBits()
{
    window->context().select(quantizableSlots(session()));
    QTest::keyClick(find<QTreeView>("layerTree"), Qt::Key_4);
    TRY_IDLE();
    QTRY_VERIFY(window->context().measurements.size()->now.bitsPerWeight() < 5);
    QTRY_VERIFY(window->context().measurements.predictedKl().value_or(0) > 0.001);
    TRY_IDLE();
}

/// Hidden matrices have norms, and hidden states drift; other networks say that they have none.
void TestShapes::looksAtTheRecurrence()
{
    window->dock("recurrence")->raise();
    auto* norms = find<QTableWidget>("hiddenNorms");
    const auto& states = session().model().graph.states;
    const bool recurrent = std::any_of(states.begin(), states.end(), [](const State& state) {
        return state.kind == State::Kind::Replace;
    });
    QTRY_VERIFY2(recurrent || text("recurrenceEmpty").contains("Nothing"),
                 qPrintable(text("recurrenceEmpty")));
    if (recurrent) {
        QTRY_COMPARE(norms->rowCount(), 4);
        QTRY_VERIFY(norms->item(0, 3)->text().contains("%"));
        click("measureDrift");
        TRY_IDLE();
        auto* drift = find<DriftPlot>("drift");
        QTRY_COMPARE(drift->emptyText(), QString());
        QVERIFY(drift->table().rows.size() > 16);
    }
    window->dock("errors")->raise();
}

void TestShapes::evaluates()
{
    click("evaluate");
    TRY_IDLE();
    QTRY_VERIFY(window->context().analysis.evaluation());
    const RecipeEvaluation& evaluation = *window->context().analysis.evaluation();
    QVERIFY(evaluation.result.compared());
    QVERIFY(evaluation.result.count() >= 16);
    QVERIFY(evaluation.result.divergence().value > 0);
    const auto rows = EvaluationRows::of(session().model().graph.output, Prediction{}, evaluation);
    for (const EvaluationRow& row : rows) // every figure is known, and shown
        QVERIFY2(!row.text.isEmpty() && text(qPrintable(row.name)) != "–", qPrintable(row.name));
}

void TestShapes::compares()
{
    auto* pane = find<ComparePane>("comparePane");
    QVERIFY(!pane->prompt().isEmpty());
    pane->texts()->setSampling({0, 0, 1, 1, 24});
    click("compareRun");
    QTRY_VERIFY_WITH_TIMEOUT(!pane->isRunning(), 60000);
    TRY_IDLE();
    if (session().model().graph.output == OutputKind::NextToken) {
        QCOMPARE(pane->view(), static_cast<CompareView*>(pane->texts()));
        QVERIFY(pane->texts()->originalText().size() > 10);
        QVERIFY(pane->texts()->quantizedText().size() > 10);
    } else if (session().model().graph.output == OutputKind::Embedding) {
        QCOMPARE(pane->view(), static_cast<CompareView*>(pane->neighbours()));
        const auto* table = find<QTableWidget>("neighbourTable");
        QCOMPARE(table->rowCount(), 5);
        for (const int side : {1, 3}) // best first
            QVERIFY(QLocale().toDouble(table->item(0, side)->text()) >=
                    QLocale().toDouble(table->item(4, side)->text()));
        QVERIFY2(text("compareState").contains("Cosine between"), qPrintable(text("compareState")));
    } else {
        QCOMPARE(pane->view(), static_cast<CompareView*>(pane->classes()));
        const auto* table = find<QTableWidget>("classTable");
        QCOMPARE(table->rowCount(), static_cast<int>(session().model().graph.labels.size()));
        for (int row = 0; row < table->rowCount(); ++row)
            for (const int side : {1, 2})
                QVERIFY(table->item(row, side)->text().contains("%"));
        QVERIFY2(!text("compareState").isEmpty(), "two sides and nothing said");
    }
    QVERIFY2(text("compareEngine").contains("Engine"), qPrintable(text("compareEngine")));
}

void TestShapes::selectsInTheNetwork()
{
    window->dock("network")->raise();
    auto* view = find<NetworkView>("networkView");
    QTRY_VERIFY(view->isVisible());
    const int slot = quantizableSlots(session()).at(1);
    const QModelIndex wanted = window->context().layers.indexOf(slot);
    QTRY_VERIFY(view->cellRect(wanted).isValid());
    QTest::mouseClick(view->viewport(), Qt::LeftButton, {}, view->cellRect(wanted).center());
    QCOMPARE(window->context().selectedSlots(), QList<int>{slot});
}

void TestShapes::exportsAndReopens()
{
    const QString folder = m_fixture.folder() + '/' + QTest::currentDataTag();
    QVERIFY(QDir().mkpath(folder));
    QTest::keyClick(window.get(), Qt::Key_E, Qt::ControlModifier | Qt::ShiftModifier);
    QTRY_VERIFY(window->findChild<QDialog*>("exportDialog"));
    const QString format = find<QComboBox>("exportFormat")->currentData().toString();
    const QString path = folder + "/model." + format;
    find<QLineEdit>("exportPath")->setText(path);
    click("exportButton");
    QTRY_VERIFY2_WITH_TIMEOUT(text("exportState").startsWith("Exported"),
                              qPrintable(text("exportState")), 60000);
    TRY_IDLE();
    click("exportClose");
    QTRY_VERIFY(!window->findChild<QDialog*>("exportDialog"));
    const Session& opened = session();
    const OutputKind output = opened.model().graph.output;
    const size_t count = opened.model().graph.slots.size();
    open(format == "gguf" ? path : folder);
    QVERIFY2(session().model().runnable(), session().model().missing.c_str());
    QCOMPARE(session().model().graph.output, output);
    QCOMPARE(session().model().graph.slots.size(), count);
    session().undoStack().setClean();
}

/// Without embedding tables nothing can be read: all is said, nothing crashes.
void TestShapes::looksAtWhatCannotRead()
{
    BITLOOM_REQUIRE_TEST_DATA();
    makeWindow({});
    open(QString::fromStdString(testData()) + "/models/bert-tiny-sst2/hf-encoder");
    QVERIFY(!session().model().runnable());
    QVERIFY(session().model().runsOnValues());
    const QString missing = QString::fromStdString(session().model().missing);
    for (const char* button : {"compareRun", "evaluate", "budgetFit"}) {
        QVERIFY2(!find<QAbstractButton>(button)->isEnabled(), button);
        QVERIFY2(find<QAbstractButton>(button)->toolTip().contains(missing), button);
    }
    QTest::keyClick(window.get(), Qt::Key_F5); // statistics only
    TRY_IDLE();
    QVERIFY(window->context().measurements.statistics(firstQuantizable()));
    QVERIFY(!window->context().measurements.hasSensitivity());
    window->context().select({firstQuantizable()});
    QTest::keyClick(find<QTreeView>("layerTree"), Qt::Key_4);
    TRY_IDLE();
    QVERIFY(window->context().measurements.error(firstQuantizable())->relative > 0);
    takePicture("bert-tiny");
    session().undoStack().setClean();
}

int main(int argc, char** argv)
{
    QStandardPaths::setTestModeEnabled(true);
    QApplication application(argc, argv);
    QApplication::setStyle("Fusion");
    initWidgetResources();
    TestShapes test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_shapes.moc"

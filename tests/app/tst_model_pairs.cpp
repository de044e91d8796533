// SPDX-License-Identifier: GPL-3.0-or-later
// One model opened after another, each kind after each, in a window that shows everything: at no
// signal does anybody see something of both.
#include "app/panels/selection_history.h"
#include "app/window/actions.h"
#include "app/window/documents.h"
#include "app/words/widget_headers.h"
#include "core/files/formats/writers.h"
#include "tests/app/app_fixture.h"
#include "tests/app/window_driver.h"
#include "tests/test_data.h"

#include <QAbstractItemModelTester>
#include <QAction>
#include <QDialog>
#include <QDockWidget>
#include <QLineEdit>
#include <QMenu>
#include <QMessageBox>

using namespace bitloom;

namespace {

/// A folder under the test data's models, or one of these.
constexpr auto kSample = "sample";
constexpr auto kMatrixOnly = "a matrix";

const QStringList kKinds = {kSample,
                            "stories260K/hf",
                            "gpt2-childrens-books/hf",
                            "gpt-nano-sort/hf",
                            "bert-sst2/hf",
                            "bert-tiny-sst2/hf-encoder",
                            "lstm-tinystories-char/hf",
                            "lstm-textgenrnn/hf",
                            kMatrixOnly};

/// Every ordered pair of them once, each after itself too, in one walk.
QStringList walkThrough(const QStringList& kinds)
{
    QStringList walk;
    for (qsizetype i = 0; i < kinds.size(); ++i) {
        walk += {kinds[i], kinds[i]};
        for (qsizetype j = i + 1; j < kinds.size(); ++j)
            walk += {kinds[j], kinds[i]};
    }
    return walk;
}

/// A file of one matrix, of which nothing is known but that.
void writeMatrix(const QString& path)
{
    const auto produce = [] {
        std::span<std::byte> bytes;
        return PackedTensor::allocate(schemeNamed("f32"), 8, 32, bytes);
    };
    Progress progress;
    writeSafetensors(path.toStdString(), {{"some.matrix", {8, 32}, "f32", produce}}, {}, progress);
}

/// Reads what every row shows, as any listener may; each must be of the open model.
class Witness : public QObject {
public:
    explicit Witness(ApplicationContext& context)
        : m_context(context)
    {
        const auto look = [this] { lookAround(); };
        const Session& session = context.session;
        connect(&session, &Session::aboutToOpen, this, look);
        connect(&session, &Session::opened, this, look);
        connect(&session, &Session::choicesChanged, this, look);
        connect(&session, &Session::fileChanged, this, look);
        connect(&session, &Session::message, this, look);
        connect(&context.session.undoStack(), &QUndoStack::indexChanged, this, look);
        connect(&context.session.undoStack(), &QUndoStack::canUndoChanged, this, look);
        connect(&context.session.jobs(), &Jobs::activityChanged, this, look);
        connect(&context.session.jobs(), &Jobs::started, this, look);
        connect(&context.measurements, &Measurements::predictedChanged, this, look);
        connect(&context.measurements, &Measurements::sizeChanged, this, look);
        connect(&context.analysis, &Analysis::evaluationChanged, this, look);
        connect(&context.analysis, &Analysis::sensitivityChanged, this, look);
        connect(&context.analysis, &Analysis::frontChanged, this, look);
        connect(&context.visited, &VisitedStates::changed, this, look);
        connect(&context.background, &BackgroundMeasuring::pointsChanged, this, look);
        connect(&context.background, &BackgroundMeasuring::stateChanged, this, look);
        connect(&context.layers, &QAbstractItemModel::modelAboutToBeReset, this, look);
        connect(&context.layers, &QAbstractItemModel::modelReset, this, look);
        connect(&context.selection, &QItemSelectionModel::selectionChanged, this, look);
    }

    int looks() const { return m_looks; }
    QStringList takeComplaints() { return std::exchange(m_complaints, {}); }

private:
    void lookAround()
    {
        ++m_looks;
        const QModelIndexList rows = slotRows(m_context.layers);
        if (!rows.isEmpty() && !m_context.session.isOpen())
            m_complaints.append("rows without a model");
        for (const QModelIndex& row : rows)
            lookAt(row);
        for (const int slot : m_context.selectedSlots())
            m_context.session.choice(slot);
    }

    void lookAt(const QModelIndex& row)
    {
        const std::vector<Slot>& all = m_context.session.model().graph.slots;
        const auto slot = static_cast<size_t>(row.data(SlotRole).toInt());
        if (slot >= all.size())
            return m_complaints.append(QString("a row of slot %1").arg(slot));
        if (row.data(Qt::ToolTipRole).toString() != QString::fromStdString(all[slot].name))
            m_complaints.append(row.data(Qt::ToolTipRole).toString());
        for (int column = 0; column < LayerColumnCount; ++column)
            row.siblingAtColumn(column).data();
        for (int role = SlotRole; role <= MetricRole; ++role)
            row.data(role);
    }

    ApplicationContext& m_context;
    QStringList m_complaints;
    int m_looks = 0;
};

} // namespace

class TestModelPairs : public QObject, private WindowDriver {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void everyPairUnanalysed();
    void everyPairAnalysed();
    void whatIsOpenOfAModelGoesWithIt();
    void theSelectionIsSaidToBeGone();
    void figuresOfTheOldModelAreGone();
    void editsMadeMeanwhileAreKept();

private:
    QString pathOf(const QString& kind) const;
    void open(const QString& kind);
    void walk(const QStringList& kinds, bool analysed);
    void use(int step, bool analysed);

    AppFixture m_fixture;
    std::unique_ptr<QAbstractItemModelTester> m_tester;
    std::unique_ptr<Witness> m_witness;
};

QString TestModelPairs::pathOf(const QString& kind) const
{
    if (kind == kMatrixOnly)
        return m_fixture.folder() + "/matrix.safetensors";
    return kind == kSample ? kind : QString::fromStdString(testData()) + "/models/" + kind;
}

void TestModelPairs::init()
{
    BITLOOM_REQUIRE_TEST_DATA();
    QSettings().clear();
    writeMatrix(pathOf(kMatrixOnly));
    AnalysisSettings settings;
    settings.context = 8;
    settings.calibrationWindows = 1;
    settings.evaluationWindows = 1;
    settings.engine = "torch";
    settings.evaluationPath =
        QString::fromStdString(testData()) + "/text/tinystories/tinystories_valid_30k.txt";
    show(settings);
    window->context().background.setPause(10);
    m_tester = std::make_unique<QAbstractItemModelTester>(
        &window->context().layers, QAbstractItemModelTester::FailureReportingMode::QtTest);
    m_witness = std::make_unique<Witness>(window->context());
}

void TestModelPairs::cleanup()
{
    if (!window)
        return;
    QCOMPARE(m_witness->takeComplaints(), QStringList());
    m_witness.reset();
    m_tester.reset();
    session().undoStack().setClean();
    window.reset();
    QCOMPARE(AppFixture::takeWarnings(), QStringList());
}

void TestModelPairs::open(const QString& kind)
{
    QSignalSpy opened(&session(), &Session::opened);
    session().open(pathOf(kind));
    QTRY_COMPARE_WITH_TIMEOUT(opened.size(), 1, 60000);
    const std::vector<Slot>& all = session().model().graph.slots;
    QCOMPARE(static_cast<size_t>(slotRows(window->context().layers).size()), all.size());
    QVERIFY(window->context().selectedSlots().isEmpty());
    QVERIFY(!window->context().selection.currentIndex().isValid());
    QCOMPARE(m_witness->takeComplaints(), QStringList());
}

/// Leaves something of the model in everything that keeps something.
void TestModelPairs::use(int step, bool analysed)
{
    ApplicationContext& context = window->context();
    const QList<int> quantizable = quantizableSlots(session());
    find<QTreeView>("layerTree")->selectAll();
    QTRY_VERIFY(!context.selectedSlots().isEmpty());
    context.select({quantizable.last()});
    if (!session().model().runnable())
        session().setTarget("safetensors");
    session().setLocked({quantizable.first()}, true);
    if (!analysed)
        return;
    context.analysis.analyse();
    if (step % 3 == 0) // another model comes in the middle of it
        return;
    TRY_IDLE();
    session().setTarget("safetensors");
    session().setScheme(quantizable, "int8-row-sym");
    if (step % 3 == 1)
        TRY_IDLE();
}

void TestModelPairs::walk(const QStringList& kinds, bool analysed)
{
    const QList<QDockWidget*> docks = window->findChildren<QDockWidget*>();
    int step = 0;
    for (const QString& kind : walkThrough(kinds)) {
        open(kind);
        if (QTest::currentTestFailed())
            return qWarning("after %d models, at %s", step, qPrintable(kind));
        docks[step % docks.size()]->show();
        docks[step % docks.size()]->raise();
        use(step, analysed);
        if (QTest::currentTestFailed())
            return qWarning("using %s", qPrintable(kind));
        ++step;
    }
    QVERIFY(m_witness->looks() > 4 * step);
}

void TestModelPairs::everyPairUnanalysed()
{
    walk(kKinds, false);
}

void TestModelPairs::everyPairAnalysed()
{
#ifdef BITLOOM_SANITIZED
    walk({kSample, "gpt2-childrens-books/hf", "lstm-tinystories-char/hf", kMatrixOnly}, true);
#else
    walk(kKinds, true);
#endif
}

/// Dialogs, menus and questions about a model that is gone would act on another one.
void TestModelPairs::whatIsOpenOfAModelGoesWithIt()
{
    open(kSample);
    const auto openMeanwhile = [&](const QString& kind) { open(kind); };
    find<QAction>("limits")->trigger();
    QTRY_VERIFY(window->findChild<QDialog*>("limitsDialog"));
    openMeanwhile("gpt-nano-sort/hf");
    QTRY_VERIFY(!window->findChild<QDialog*>("limitsDialog"));
    find<QAction>("exportModel")->trigger();
    QTRY_VERIFY(window->findChild<QDialog*>("exportDialog"));
    openMeanwhile(kSample);
    QTRY_VERIFY(!window->findChild<QDialog*>("exportDialog"));
    window->context().select({quantizableSlots(session()).last()});
    find<QAction>("why")->trigger();
    QTRY_VERIFY(window->findChild<QWidget*>("whyPopover"));
    openMeanwhile(kMatrixOnly);
    QTRY_VERIFY(!window->findChild<QWidget*>("whyPopover"));
    open(kSample);
    window->context().select({quantizableSlots(session()).last()});
    auto* schemes = find<QMenu>("schemeMenu");
    schemes->popup({10, 10});
    QVERIFY(schemes->isVisible());
    openMeanwhile("lstm-tinystories-char/hf");
    QTRY_VERIFY(!schemes->isVisible());
    session().setScheme({quantizableSlots(session()).first()}, "q8_0");
    window->documents().openModel(pathOf(kSample));
    QTRY_VERIFY(window->findChild<QMessageBox*>("unsavedBox"));
    openMeanwhile("gpt-nano-sort/hf");
    QTRY_VERIFY(!window->findChild<QMessageBox*>("unsavedBox"));
}

/// A selection model says nothing when its model is reset.
void TestModelPairs::theSelectionIsSaidToBeGone()
{
    open(kSample);
    window->dock("statistics")->raise();
    window->context().select({quantizableSlots(session()).last()});
    QTRY_VERIFY(find<QAction>("lock")->isEnabled());
    QSignalSpy changed(&window->context().selection, &QItemSelectionModel::selectionChanged);
    open("lstm-tinystories-char/hf");
    QVERIFY(changed.size() >= 1);
    QVERIFY(!find<QAction>("lock")->isEnabled());
    QVERIFY(!window->history().canGoBack());
}

void TestModelPairs::figuresOfTheOldModelAreGone()
{
    ApplicationContext& context = window->context();
    open(kSample);
    context.analysis.analyse();
    TRY_IDLE();
    session().setTarget("safetensors");
    session().setScheme(quantizableSlots(session()), "int4-g32-sym");
    QTRY_VERIFY_WITH_TIMEOUT(!context.background.points().empty(), 180000); // with sanitizers
    context.analysis.evaluate();
    QTRY_VERIFY_WITH_TIMEOUT(context.analysis.evaluation(), 60000);
    bool forgot = false;
    connect(&session(), &Session::opened, this, [&] {
        forgot = !context.analysis.evaluation() && !context.measurements.hasSensitivity() &&
                 !context.measurements.size() && !context.measurements.prediction() &&
                 context.background.points().empty() && context.visited.states().isEmpty();
    });
    open("gpt-nano-sort/hf");
    QVERIFY(forgot);
    QCOMPARE(text("measuredKl"), QString("–"));
    QCOMPARE(session().undoStack().count(), 0);
    TRY_IDLE();
    QCOMPARE(context.visited.states().size(), 1);
}

/// What was edited while another model was being read was asked about by nobody.
void TestModelPairs::editsMadeMeanwhileAreKept()
{
    open("gpt-nano-sort/hf");
    QSignalSpy opened(&session(), &Session::opened);
    session().open(kSample);
    session().setLocked({quantizableSlots(session()).first()}, true);
    QTRY_COMPARE_WITH_TIMEOUT(opened.size(), 1, 60000);
    TRY_IDLE();
    open("gpt-nano-sort/hf");
    QVERIFY(session().choice(quantizableSlots(session()).first()).fit.locked);
    session().forgetAutosave();
    TRY_IDLE();
}

int main(int argc, char** argv)
{
    qputenv("QT_QPA_PLATFORM", "offscreen");
    QStandardPaths::setTestModeEnabled(true);
    QApplication application(argc, argv);
    QApplication::setStyle("Fusion");
    initWidgetResources();
    TestModelPairs test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_model_pairs.moc"

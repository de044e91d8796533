// SPDX-License-Identifier: GPL-3.0-or-later
// Measuring in the background: begins when all is quiet, gives way, stops, and is told.
#include "app/words/widget_headers.h"
#include "core/workbench/prediction/slot_errors.h"
#include "core/workbench/workbench.h"
#include "tests/app/app_fixture.h"
#include "tests/app/window_driver.h"
#include "tests/test_data.h"

#include <QAction>
#include <QCheckBox>

#include <future>

using namespace bitloom;

class TestBackground : public QObject, private WindowDriver {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void measuresWhenAllIsQuiet();
    void givesWayAndStops();
    void redrawsTheFront();
    void canBeSwitchedOff();
    void isSilentWithoutAText();
    void knowsWhatTheNextEditsCost();
    void cleanupTestCase() { window.reset(); }

private:
    BackgroundMeasuring& background() const { return window->context().background; }
    size_t measured() const { return background().points().size(); }
    void openAnalysed(const QString& evaluation);

    AppFixture m_fixture;
    QString m_text;
};

void TestBackground::init()
{
    BITLOOM_REQUIRE_TEST_DATA();
    QSettings().clear();
    m_text = QString::fromStdString(testData()) + "/text/tinystories/tinystories_valid_30k.txt";
}

void TestBackground::openAnalysed(const QString& evaluation)
{
    AnalysisSettings settings;
    settings.context = 32;
    settings.calibrationWindows = 8;
    settings.evaluationWindows = 8;
    settings.engine = "torch";
    settings.evaluationPath = evaluation;
    show(settings);
    background().setPause(30);
    QSignalSpy opened(&session(), &Session::opened);
    session().open(QString::fromStdString(testData()) + "/models/stories260K/hf");
    QTRY_COMPARE_WITH_TIMEOUT(opened.size(), 1, 20000);
    QCOMPARE(measured(), size_t{0});
    session().setTarget("safetensors");
    window->context().analysis.analyse();
    QTRY_VERIFY_WITH_TIMEOUT(window->context().measurements.hasSensitivity() && isIdle(), 120000);
}

/// Without being asked; predictions follow, and the panel tells.
void TestBackground::measuresWhenAllIsQuiet()
{
    openAnalysed(m_text);
    const QList<int> slots = quantizableSlots(session());
    session().setScheme(slots, "int3-g32-asym");
    const std::optional<Prediction>& prediction = window->context().measurements.prediction();
    QTRY_VERIFY_WITH_TIMEOUT(prediction && prediction->isPrior && measured() >= 5, 120000);
    QVERIFY(isIdle());                           // nobody waits for it
    QCOMPARE(prediction->learntFrom, size_t{0}); // it stays what was said before
    window->dock("measured")->show();
    window->dock("measured")->raise();
    auto* plot = find<LabPlot>("measuredPlot");
    QTRY_VERIFY(plot->table().rows.size() >= 5);
    QTRY_VERIFY(!text("backgroundLabel").isEmpty());
    QVERIFY2(text("measuredScores").contains("rank correlation"),
             qPrintable(text("measuredScores")));
    const QRegularExpression counted("In range: (\\d+) of (\\d+)\\.");
    const auto found = counted.match(text("measuredScores"));
    QVERIFY2(found.hasMatch(), qPrintable(text("measuredScores")));
    QVERIFY(found.captured(2).toInt() >= 5);
    const QStringList row = plot->table().rows[0];
    QTest::mouseClick(plot, Qt::LeftButton, {}, plot->dotPosition(0)->toPoint());
    QCOMPARE(window->context().selectedSlots(),
             QList<int>{slotNamed(session(), qPrintable(row[0]))});
    QCOMPARE(AppFixture::takeWarnings(), QStringList());
}

void TestBackground::givesWayAndStops()
{
    openAnalysed(m_text);
    session().setScheme(quantizableSlots(session()), "int3-g32-asym");
    QTRY_VERIFY_WITH_TIMEOUT(measured() >= 1, 120000);
    // A job begins: it rests, goes on behind it, and has forgotten nothing.
    const size_t before = measured();
    window->context().analysis.evaluate();
    QVERIFY(!isIdle());
    QTRY_VERIFY_WITH_TIMEOUT(!session().jobs().isRunning("background"), 20000);
    QTRY_VERIFY_WITH_TIMEOUT(isIdle() && measured() > before, 120000);
    // Esc stops it, until something changes.
    QTRY_VERIFY_WITH_TIMEOUT(session().jobs().isRunning("background"), 20000);
    auto* stop = find<QAction>("stop");
    QTRY_VERIFY(stop->isEnabled());
    stop->trigger();
    QTRY_VERIFY_WITH_TIMEOUT(!session().jobs().isRunning("background"), 20000);
    QVERIFY2(text("measuredState").contains("Stopped"), qPrintable(text("measuredState")));
    QTRY_VERIFY(text("backgroundLabel").isEmpty());
    const size_t stopped = measured();
    session().setScheme({quantizableSlots(session()).first()}, "int4-g32-asym");
    QTRY_VERIFY_WITH_TIMEOUT(measured() > stopped, 120000);
    QCOMPARE(AppFixture::takeWarnings(), QStringList());
}

/// It tells sizes by what is predicted, which trials correct.
void TestBackground::redrawsTheFront()
{
    openAnalysed(m_text);
    Analysis& analysis = window->context().analysis;
    QVERIFY(!analysis.frontQuestion());
    background().setOn(false);
    FitSettings budget;
    budget.bitsPerWeight = 4;
    analysis.fit(budget);
    QTRY_VERIFY_WITH_TIMEOUT(!analysis.front().empty() && isIdle(), 120000);
    const std::vector<FitPoint> before = analysis.front();
    background().setOn(true);
    const auto differs = [&] {
        return !std::ranges::equal(before, analysis.front(), {}, &FitPoint::predicted,
                                   &FitPoint::predicted);
    };
    QTRY_VERIFY_WITH_TIMEOUT(measured() >= 2 && differs(), 120000);
    session().setScheme({quantizableSlots(session()).first()}, "int8-g32-sym");
    QVERIFY(!analysis.front().empty()); // the fit may change that slot
    QCOMPARE(AppFixture::takeWarnings(), QStringList());
}

void TestBackground::canBeSwitchedOff()
{
    openAnalysed(m_text);
    auto* action = find<QAction>("measureInBackground");
    QVERIFY(action->isChecked());
    auto* box = find<QCheckBox>("measuredOn");
    QVERIFY(box->isChecked());
    action->trigger();
    QVERIFY(!background().isOn() && !box->isChecked());
    QVERIFY(text("measuredState").contains("Switched off"));
    QTRY_VERIFY_WITH_TIMEOUT(!session().jobs().isRunning("background"), 20000);
    show({}); // remembered
    QVERIFY(!background().isOn() && !find<QAction>("measureInBackground")->isChecked());
    find<QCheckBox>("measuredOn")->setChecked(true);
    QVERIFY(background().isOn() && find<QAction>("measureInBackground")->isChecked());
    QCOMPARE(AppFixture::takeWarnings(), QStringList());
}

/// A model that is not the sample has no held-out text of its own.
void TestBackground::isSilentWithoutAText()
{
    openAnalysed({});
    QTRY_VERIFY2_WITH_TIMEOUT(text("measuredState").contains("choose an evaluation text"),
                              qPrintable(text("measuredState")), 60000);
    QTRY_VERIFY_WITH_TIMEOUT(!session().jobs().isRunning("background"), 60000); // it looked ahead
    AnalysisSettings settings = window->context().analysis.settings();
    settings.evaluationPath = m_text;
    window->context().analysis.setSettings(settings);
    QTRY_VERIFY_WITH_TIMEOUT(measured() >= 1, 120000);
    // Nor is the text of the calibration one.
    settings.calibrationPath = m_text;
    window->context().analysis.setSettings(settings);
    window->context().analysis.analyse();
    QTRY_VERIFY_WITH_TIMEOUT(text("measuredState").contains("shares lines"), 120000);
    QCOMPARE(AppFixture::takeWarnings(), QStringList());
}

/// Without a text too: what the next edit needs is found while all is quiet, number keys first.
void TestBackground::knowsWhatTheNextEditsCost()
{
    openAnalysed({});
    const QList<int> slots = quantizableSlots(session());
    session().setScheme(slots, "int4-g32-sym");
    class Stopped : public Progress {
        bool stopRequested() const override { return true; }
    } stopped; // what is not known then stays so
    const auto unknown = [&](const char* scheme) {
        return std::count_if(slots.begin(), slots.end(), [&](int slot) {
            SlotChoice choice = session().choice(slot);
            choice.scheme = scheme;
            return std::async([&] { // where the workbench may be used
                       return session().workbench()->slotErrors().slotError(slot, choice, false,
                                                                            stopped);
                   })
                .get()
                .sampled;
        });
    };
    QTRY_VERIFY_WITH_TIMEOUT(unknown("int5-g32-sym") == 0 && unknown("int2-g32-sym") == 0, 60000);
    QTRY_VERIFY_WITH_TIMEOUT(unknown("int7-g32-sym") == 0, 60000); // a button, but no key
    QCOMPARE(unknown("int5-g64-asym"), slots.size());              // neither
    QCOMPARE(AppFixture::takeWarnings(), QStringList());
}

QTEST_MAIN(TestBackground)
#include "tst_background.moc"

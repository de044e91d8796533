// SPDX-License-Identifier: GPL-3.0-or-later
// What the window shows at once after an edit of much that it does not know, and what then.
#include "app/words/widget_headers.h"
#include "core/workbench/prediction/slot_errors.h"
#include "core/workbench/workbench.h"
#include "tests/app/app_fixture.h"
#include "tests/app/window_driver.h"
#include "tests/stop_after.h"

#include <future>

using namespace bitloom;

class TestQuickEstimateWindow : public QObject, private WindowDriver {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup() { QCOMPARE(AppFixture::takeWarnings(), QStringList()); }
    void cleanupTestCase() { window.reset(); }

    void aQuickEstimateComesFirst();
    void littleIsShownOnce();
    void anEditStopsTheRest();

private:
    /// What the window showed of a prediction.
    struct Shown {
        Prediction prediction;
        QString evaluation;
        QString state;
        QString budget;
    };
    Measurements& measurements() const { return window->context().measurements; }
    void noteWhatIsShown();
    /// Edits, and waits until the answer is there.
    void choose(const QList<int>& slots, const char* scheme);
    qsizetype known(const char* scheme) const;

    AppFixture m_fixture;
    QList<Shown> m_shown; ///< since the last test began, those with a prediction
};

void TestQuickEstimateWindow::initTestCase()
{
    AnalysisSettings settings;
    settings.context = 32;
    settings.calibrationWindows = 4;
    show(settings);
    window->context().background.setOn(false);
    openSample(session());
    session().setTarget("safetensors");
    window->context().analysis.analyse();
    QTRY_VERIFY_WITH_TIMEOUT(measurements().hasSensitivity() && isIdle(), 120000);
    // After the window's own, so that it sees what they show.
    connect(&measurements(), &Measurements::predictedChanged, this,
            &TestQuickEstimateWindow::noteWhatIsShown);
}

void TestQuickEstimateWindow::init()
{
    TRY_IDLE();
    m_shown.clear();
}

void TestQuickEstimateWindow::noteWhatIsShown()
{
    if (const std::optional<Prediction>& prediction = measurements().prediction())
        m_shown.append(
            {*prediction, text("predictedKl"), text("evaluationState"), text("budgetResult")});
}

void TestQuickEstimateWindow::choose(const QList<int>& slots, const char* scheme)
{
    QSignalSpy settled(&measurements(), &Measurements::settled);
    session().setScheme(slots, scheme);
    QTRY_VERIFY_WITH_TIMEOUT(!settled.isEmpty() && isIdle(), 120000);
}

void TestQuickEstimateWindow::aQuickEstimateComesFirst()
{
    choose(quantizableSlots(session()), "int3-g64-asym");
    QCOMPARE(m_shown.size(), 2);
    const Shown& first = m_shown.first();
    QVERIFY(first.prediction.isQuickEstimate);
    QVERIFY2(first.evaluation.startsWith("≈ "), qPrintable(first.evaluation));
    QVERIFY2(first.state.contains("first look"), qPrintable(first.state));
    QVERIFY2(first.budget.contains("predicted KL ≈ "), qPrintable(first.budget));
    const Shown& last = m_shown.last();
    QVERIFY(!last.prediction.isQuickEstimate);
    for (const QString& text : {last.evaluation, last.state, last.budget})
        QVERIFY2(!text.contains(u'≈'), qPrintable(text));
    QVERIFY(last.budget.contains("predicted KL"));
    const PredictionRange& seen = first.prediction.range;
    QVERIFY(seen.low < last.prediction.range.value && last.prediction.range.value < seen.high);
    QCOMPARE(*measurements().predictedKl(), last.prediction.range.value);
}

/// What is known, or found as soon.
void TestQuickEstimateWindow::littleIsShownOnce()
{
    choose({slotNamed(session(), "model.layers.1.self_attn.q_proj")}, "int5-g32-sym");
    QCOMPARE(m_shown.size(), 1);
    QVERIFY(!m_shown.first().prediction.isQuickEstimate);
    session().undoStack().undo();
    QTRY_COMPARE_WITH_TIMEOUT(m_shown.size(), 2, 60000);
    QVERIFY(!m_shown.last().prediction.isQuickEstimate);
}

/// How many slots were measured with a scheme.
qsizetype TestQuickEstimateWindow::known(const char* scheme) const
{
    StopAfter stopped(0); // what is not known then stays so
    const QList<int> slots = quantizableSlots(session());
    return std::count_if(slots.begin(), slots.end(), [&](int slot) {
        SlotChoice choice = session().choice(slot);
        choice.scheme = scheme;
        return !std::async([&] { // where the workbench may be used
                    return session().workbench()->slotErrors().slotError(slot, choice, false,
                                                                         stopped);
                })
                    .get()
                    .sampled;
    });
}

void TestQuickEstimateWindow::anEditStopsTheRest()
{
    const QList<int> slots = quantizableSlots(session());
    session().setScheme(slots, "int4-g32-asym");
    QTRY_VERIFY_WITH_TIMEOUT(!m_shown.isEmpty(), 60000);
    QVERIFY(m_shown.takeFirst().prediction.isQuickEstimate);
    choose(slots, "int6-g32-asym");
    QVERIFY(known("int4-g32-asym") < slots.size());
    QCOMPARE(known("int6-g32-asym"), slots.size());
    QCOMPARE(m_shown.size(), 2); // nothing more of the edit before
    QVERIFY(m_shown.first().prediction.isQuickEstimate &&
            !m_shown.last().prediction.isQuickEstimate);
}

QTEST_MAIN(TestQuickEstimateWindow)
#include "tst_quick_estimate_window.moc"

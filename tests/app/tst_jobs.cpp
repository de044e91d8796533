// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/jobs.h"

#include "app/jobs/gui_thread.h"
#include "core/base/error.h"

#include <QSemaphore>
#include <QSignalSpy>
#include <QTest>
#include <QThread>

using namespace bitloom;

namespace {

/// Work that waits at a gate, so that a test decides when it ends.
struct Gate {
    QSemaphore entered;
    QSemaphore open;
};

auto waitAt(const std::shared_ptr<Gate>& gate, int result)
{
    return [gate, result](JobProgress&) {
        gate->entered.release();
        gate->open.acquire();
        return result;
    };
}

} // namespace

class TestJobs : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void resultsArriveInTheGuiThread();
    void aNewerRequestRetiresTheOlder();
    void onlyTheNewestWaits();
    void aDeadReceiverIsHarmless();
    void stoppingKeepsWhatIsDone();
    void allOrNothingIsNothingWhenStopped();
    void cancelAllLeavesUnshownJobsAlone();
    void errorsBecomeSentences();
    void partialResultsComeBeforeTheResult();
    void progressIsShown();
    void tidyingRunsEvenAtTheEnd();
    void enginesWorkOneAtATime();
    void guiThreadIsWatched();
};

void TestJobs::resultsArriveInTheGuiThread()
{
    Jobs jobs;
    QThread* worker = nullptr;
    QThread* receiver = nullptr;
    int result = 0;
    jobs.start(
        {"a", {}, JobQueue::Quick}, this,
        [&](JobProgress&) {
            worker = QThread::currentThread();
            return 7;
        },
        [&](int value) {
            receiver = QThread::currentThread();
            result = value;
        });
    QVERIFY(jobs.isRunning("a"));
    QTRY_COMPARE(result, 7);
    QVERIFY(worker != QThread::currentThread());
    QCOMPARE(receiver, QThread::currentThread());
    QVERIFY(!jobs.isBusy());
}

void TestJobs::aNewerRequestRetiresTheOlder()
{
    Jobs jobs;
    QSignalSpy finished(&jobs, &Jobs::finished);
    auto gate = std::make_shared<Gate>();
    QList<int> results;
    bool olderWasAskedToStop = false;
    jobs.start(
        {"a", {}, JobQueue::Quick}, this,
        [gate, &olderWasAskedToStop](JobProgress& progress) {
            gate->entered.release();
            gate->open.acquire();
            olderWasAskedToStop = progress.stopRequested();
            return 1;
        },
        [&](int value) { results.append(value); });
    gate->entered.acquire();
    jobs.start(
        {"a", {}, JobQueue::Quick}, this, [](JobProgress&) { return 2; },
        [&](int value) { results.append(value); });
    gate->open.release();
    QTRY_COMPARE(finished.size(), 1);
    QCOMPARE(results, QList<int>{2});
    QVERIFY(olderWasAskedToStop);
}

void TestJobs::onlyTheNewestWaits()
{
    Jobs jobs;
    QSignalSpy finished(&jobs, &Jobs::finished);
    auto gate = std::make_shared<Gate>();
    QList<int> results;
    std::atomic<int> started = 0;
    jobs.start({"a", "shown", JobQueue::Quick}, this, waitAt(gate, 0),
               [&](int value) { results.append(value); });
    gate->entered.acquire();
    for (int i = 1; i <= 50; ++i)
        jobs.start(
            {"a", "shown", JobQueue::Quick}, this,
            [i, &started](JobProgress&) {
                ++started;
                return i;
            },
            [&](int value) { results.append(value); });
    gate->open.release();
    QTRY_COMPARE(finished.size(), 1);
    QCOMPARE(results, QList<int>{50});
    QCOMPARE(started.load(), 1);
    QVERIFY(jobs.activity().text.isEmpty());
}

void TestJobs::aDeadReceiverIsHarmless()
{
    Jobs jobs;
    QSignalSpy finished(&jobs, &Jobs::finished);
    auto gate = std::make_shared<Gate>();
    auto receiver = std::make_unique<QObject>();
    bool called = false;
    jobs.start({"a", {}, JobQueue::Quick}, receiver.get(), waitAt(gate, 1),
               [&](int) { called = true; });
    gate->entered.acquire();
    receiver.reset();
    gate->open.release();
    QTRY_COMPARE(finished.size(), 1);
    QVERIFY(!called);
}

void TestJobs::stoppingKeepsWhatIsDone()
{
    Jobs jobs;
    QSemaphore entered;
    int done = -1;
    jobs.start(
        {"a", "Counting", JobQueue::Engine}, this,
        [&entered](JobProgress& progress) {
            int steps = 0;
            entered.release();
            while (!progress.stopRequested())
                ++steps;
            return steps;
        },
        [&](int steps) { done = steps; });
    entered.acquire();
    jobs.cancelAll();
    QTRY_VERIFY(done >= 0);
}

/// Also when it had come to its end before it could hear of that.
void TestJobs::allOrNothingIsNothingWhenStopped()
{
    Jobs jobs;
    QSignalSpy finished(&jobs, &Jobs::finished);
    QSignalSpy succeeded(&jobs, &Jobs::succeeded);
    QSemaphore ended;
    int delivered = 0;
    JobInfo info{"a", "All", JobQueue::Quick};
    for (const bool allOrNothing : {true, false}) {
        info.allOrNothing = allOrNothing;
        jobs.start(
            info, this, [](JobProgress&) { return true; }, [&](bool) { ++delivered; });
        jobs.start(
            {"behind", {}, JobQueue::Quick}, this,
            [&ended](JobProgress&) {
                ended.release();
                return true;
            },
            [](bool) {});
        ended.acquire(); // the first has ended, and nobody knows yet
        jobs.cancelAll();
        QTRY_VERIFY(!jobs.isBusy());
        QCOMPARE(delivered, allOrNothing ? 0 : 1);
    }
    QCOMPARE(std::count_if(finished.begin(), finished.end(),
                           [](const QVariantList& of) { return of.first() == "a"; }),
             2);
    QVERIFY(std::none_of(succeeded.begin(), succeeded.end(),
                         [](const QVariantList& of) { return of.first() == "a"; }));
}

void TestJobs::cancelAllLeavesUnshownJobsAlone()
{
    Jobs jobs;
    auto gate = std::make_shared<Gate>();
    std::optional<bool> stopped;
    jobs.start(
        {"quiet", {}, JobQueue::Quick}, this,
        [gate](JobProgress& progress) {
            gate->entered.release();
            gate->open.acquire();
            return progress.stopRequested();
        },
        [&](bool value) { stopped = value; });
    gate->entered.acquire();
    jobs.cancelAll();
    gate->open.release();
    QTRY_VERIFY(stopped.has_value());
    QVERIFY(!*stopped);
}

void TestJobs::errorsBecomeSentences()
{
    Jobs jobs;
    QSignalSpy failed(&jobs, &Jobs::failed);
    QSignalSpy finished(&jobs, &Jobs::finished);
    jobs.start(
        {"a", {}, JobQueue::Quick}, this,
        [](JobProgress&) -> int { throw Error("gguf", "tensor x ends 439 bytes past the file"); },
        [](int) { QFAIL("a failed job has no result"); });
    QTRY_COMPARE(finished.size(), 1);
    QCOMPARE(failed.size(), 1);
    QCOMPARE(failed.first().at(0).toString(), "a");
    QCOMPARE(failed.first().at(1).toString(), "Tensor x ends 439 bytes past the file.");

    QVERIFY(!jobs.perform("b", [] { throw std::bad_alloc(); }));
    QCOMPARE(failed.last().at(1).toString(), "There is not enough memory for this.");
    jobs.start(
        {"c", {}, JobQueue::Quick}, this, [](JobProgress&) { return 1; },
        [](int) { throw Error("c", "the receiver threw"); });
    QTRY_COMPARE(failed.size(), 3);
}

void TestJobs::partialResultsComeBeforeTheResult()
{
    Jobs jobs;
    QStringList seen;
    jobs.start(
        {"a", {}, JobQueue::Quick}, this,
        [&seen](JobProgress& progress) {
            for (const char* part : {"one", "two"})
                progress.show([&seen, part] { seen.append(part); });
            return 3;
        },
        [&](int) { seen.append("result"); });
    QTRY_COMPARE(seen, (QStringList{"one", "two", "result"}));
}

void TestJobs::progressIsShown()
{
    Jobs jobs;
    auto gate = std::make_shared<Gate>();
    jobs.start(
        {"a", "Sensitivity", JobQueue::Engine}, this,
        [gate](JobProgress& progress) {
            progress.report(0.5, "window 7 of 14");
            gate->open.acquire();
            return 0;
        },
        [](int) {});
    QTRY_COMPARE(jobs.activity().text, "Sensitivity: window 7 of 14");
    QCOMPARE(jobs.activity().fraction, 0.5);
    gate->open.release();
    QTRY_VERIFY(jobs.activity().text.isEmpty());
}

void TestJobs::tidyingRunsEvenAtTheEnd()
{
    std::atomic<int> tidied = 0;
    std::atomic<int> dropped = 0;
    {
        Jobs jobs;
        auto gate = std::make_shared<Gate>();
        jobs.start({"slow", {}, JobQueue::Quick}, this, waitAt(gate, 0), [](int) {});
        gate->entered.acquire();
        jobs.start(
            {"tidy", {}, JobQueue::Quick, true}, this, [&tidied](JobProgress&) { return ++tidied; },
            [](int) {});
        jobs.start(
            {"other", {}, JobQueue::Quick}, this, [&dropped](JobProgress&) { return ++dropped; },
            [](int) {});
        jobs.retireAll();
        gate->open.release();
    }
    QCOMPARE(tidied.load(), 1);
    QCOMPARE(dropped.load(), 0);
}

void TestJobs::enginesWorkOneAtATime()
{
    Jobs jobs;
    std::atomic<int> inside = 0;
    std::atomic<int> most = 0;
    int done = 0;
    for (int i = 0; i < 6; ++i)
        jobs.start(
            {QString::number(i), {}, JobQueue::Engine}, this,
            [&](JobProgress&) {
                most = std::max(most.load(), ++inside);
                QThread::msleep(5);
                return --inside;
            },
            [&](int) { ++done; });
    QTRY_COMPARE(done, 6);
    QCOMPARE(most.load(), 1);
}

void TestJobs::guiThreadIsWatched()
{
    const WorkerOnly<int> number(std::make_shared<int>(5));
    QTest::ignoreMessage(QtCriticalMsg, "the workbench was used in the GUI thread");
    QCOMPARE(*number, 5);
    Jobs jobs;
    int result = 0;
    jobs.start(
        {"a", {}, JobQueue::Quick}, this, [number](JobProgress&) { return *number; },
        [&](int value) { result = value; });
    QTRY_COMPARE(result, 5);
}

QTEST_GUILESS_MAIN(TestJobs)
#include "tst_jobs.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// What the jobs say of themselves: what runs and what waits, how long it takes, what came of it.
#include "app/jobs/jobs.h"
#include "app/jobs/progress_clock.h"
#include "app/words/words.h"
#include "core/base/error.h"

#include <QSemaphore>
#include <QSignalSpy>
#include <QTest>

using namespace bitloom;

namespace {

/// Work that waits at a gate, so that a test decides when it ends.
struct Gate {
    QSemaphore open;
};

void startGated(Jobs& jobs, const QString& tag, const QString& title,
                const std::shared_ptr<Gate>& gate)
{
    jobs.start(
        {tag, title, JobQueue::Engine}, &jobs,
        [gate](JobProgress&) {
            gate->open.acquire();
            return 0;
        },
        [](int) {});
}

} // namespace

class TestJobEntries : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theBarSaysWhatRuns();
    void whatWaitsCanBeStopped();
    void whatIsStoppedSaysSo();
    void onlyAWholeEndIsASuccess();
    void timeLeftFollowsTheLatestSpeed();
    void timesAreWords();
    void errorsArePlainSentences_data();
    void errorsArePlainSentences();
};

void TestJobEntries::theBarSaysWhatRuns()
{
    Jobs jobs;
    auto first = std::make_shared<Gate>();
    auto second = std::make_shared<Gate>();
    startGated(jobs, "analyse", "Analyse", first);
    startGated(jobs, "evaluation", "Evaluate", second); // asked for later, and waits
    QTRY_COMPARE(jobs.entries().first().state, Jobs::Entry::Running);
    QCOMPARE(jobs.activity().text, "Analyse");
    QCOMPARE(jobs.activity().waiting, 1);
    QCOMPARE(jobs.activity().running, 0);
    QCOMPARE(jobs.entries().size(), 2);
    QCOMPARE(jobs.entries()[1].tag, "evaluation");
    QCOMPARE(jobs.entries()[1].state, Jobs::Entry::Waiting);
    first->open.release();
    QTRY_COMPARE(jobs.activity().text, "Evaluate");
    QTRY_COMPARE(jobs.activity().waiting, 0);
    second->open.release();
    QTRY_VERIFY(jobs.entries().isEmpty());
}

void TestJobEntries::whatWaitsCanBeStopped()
{
    Jobs jobs;
    auto gate = std::make_shared<Gate>();
    std::optional<bool> askedToStop;
    startGated(jobs, "analyse", "Analyse", gate);
    jobs.start(
        {"evaluation", "Evaluate", JobQueue::Engine}, &jobs,
        [](JobProgress& progress) { return progress.stopRequested(); },
        [&](bool stopped) { askedToStop = stopped; });
    QTRY_COMPARE(jobs.entries().first().state, Jobs::Entry::Running);
    jobs.cancel("evaluation");
    QCOMPARE(jobs.entries().size(), 1); // at once, though its turn comes later
    QCOMPARE(jobs.activity().text, "Analyse");
    QCOMPARE(jobs.entries().first().state, Jobs::Entry::Running);
    gate->open.release();
    QTRY_VERIFY(!jobs.isBusy());
    QCOMPARE(askedToStop, std::optional(true));
}

void TestJobEntries::whatIsStoppedSaysSo()
{
    Jobs jobs;
    auto gate = std::make_shared<Gate>();
    startGated(jobs, "analyse", "Analyse", gate);
    QTRY_COMPARE(jobs.entries().first().state, Jobs::Entry::Running);
    jobs.cancel("analyse");
    QCOMPARE(jobs.entries().first().state, Jobs::Entry::Stopping);
    gate->open.release();
    QTRY_VERIFY(jobs.entries().isEmpty());
}

void TestJobEntries::onlyAWholeEndIsASuccess()
{
    Jobs jobs;
    QSignalSpy succeeded(&jobs, &Jobs::succeeded);
    QSignalSpy finished(&jobs, &Jobs::finished);
    jobs.start(
        {"a", {}, JobQueue::Quick}, &jobs,
        [](JobProgress& progress) {
            progress.show([] {});
            return 1;
        },
        [](int) {});
    QTRY_COMPARE(finished.size(), 1);
    QCOMPARE(succeeded.size(), 1); // not with what it showed on the way
    QCOMPARE(succeeded.last()[0].toString(), "a");

    jobs.start(
        {"a", {}, JobQueue::Quick}, &jobs,
        [](JobProgress&) -> int { throw Error("a", "it broke"); }, [](int) {});
    QTRY_COMPARE(finished.size(), 2);
    auto gate = std::make_shared<Gate>();
    startGated(jobs, "b", "B", gate);
    jobs.cancel("b");
    gate->open.release();
    QTRY_COMPARE(finished.size(), 3);
    QVERIFY(!jobs.perform("c", [] { throw Error("c", "it broke"); }));
    QCOMPARE(succeeded.size(), 1);
    QVERIFY(jobs.perform("c", [] {}));
    QCOMPARE(succeeded.size(), 2);
}

void TestJobEntries::timeLeftFollowsTheLatestSpeed()
{
    ProgressClock clock;
    QVERIFY(!clock.secondsLeft(0));
    clock.note(0.5, 1000); // resumed in the middle: that was not a second's work
    QVERIFY(!clock.secondsLeft(1000));
    clock.note(0.6, 11000);
    QCOMPARE(clock.secondsLeft(11000), std::optional<qint64>(40));
    QCOMPARE(clock.secondsLeft(16000), std::optional<qint64>(35)); // it goes on meanwhile
    clock.note(0.61, 21000);
    clock.note(0.62, 41000);
    clock.note(0.63, 61000); // slower since a while: 0.0005 a second
    QVERIFY(*clock.secondsLeft(61000) > 600);
    clock.note(0.0, 62000); // another part begins anew
    QVERIFY(!clock.secondsLeft(62000));
    clock.note(-1, 70000);
    QVERIFY(!clock.secondsLeft(70000));
}

void TestJobEntries::timesAreWords()
{
    QCOMPARE(Words::timeLeft(2), "a few seconds left");
    QCOMPARE(Words::timeLeft(38), "about 40 s left");
    QCOMPARE(Words::timeLeft(59), "about 1 min left");
    QCOMPARE(Words::timeLeft(200), "about 3 min left");
    QCOMPARE(Words::timeLeft(7800), "about 2 h 10 min left");
}

void TestJobEntries::errorsArePlainSentences_data()
{
    QTest::addColumn<QByteArray>("error");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("prefix") << QByteArray("[gguf] tensor x is short") << "Tensor x is short.";
    QTest::newRow("two") << QByteArray("[export] [gguf] the key is there twice.")
                         << "The key is there twice.";
    QTest::newRow("within") << QByteArray("Only the weights: [tokenizer] vocab.txt is not UTF-8")
                            << "Only the weights: vocab.txt is not UTF-8.";
    QTest::newRow("library") << QByteArray("[open] x is no JSON: [json.exception.parse_error.101] "
                                           "parse error at line 1")
                             << "X is no JSON: parse error at line 1.";
    QTest::newRow("file") << QByteArray("[open] config.json is not there")
                          << "config.json is not there.";
    QTest::newRow("scheme") << QByteArray("[recipe] q4_k does not fit") << "q4_k does not fit.";
    QTest::newRow("index") << QByteArray("row [3] is long") << "Row [3] is long.";
    QTest::newRow("nothing") << QByteArray(" ") << "";
    QTest::newRow("bracket") << QByteArray("[") << "[.";
}

void TestJobEntries::errorsArePlainSentences()
{
    QFETCH(QByteArray, error);
    QFETCH(QString, sentence);
    QCOMPARE(Words::sentence(error.toStdString()), sentence);
}

QTEST_GUILESS_MAIN(TestJobEntries)
#include "tst_job_entries.moc"

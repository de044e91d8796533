// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/session.h"

#include "app/document/autosave.h"
#include "app/document/offers.h"
#include "app/document/visited_states.h"
#include "tests/app/app_fixture.h"

#include <QFile>
#include <QSemaphore>

using namespace bitloom;

class TestSession : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { AppFixture::watchWarnings(); }
    void init();
    void cleanup();
    void aFailedOpeningKeepsTheOldModel();
    void aStopBeforeItIsShownKeepsTheOldModel();
    void anOpeningGivenUpSaysSo();
    void editsAreOneStepEach();
    void dragsMerge();
    void misfitsAreRefusedByName();
    void keysFollowTheTarget();
    void savingAndOpeningARecipe();
    void aForeignRecipeIsNotTakenSilently();
    void aBrokenRecipeChangesNothing();
    void crashedSessionsAreRestored();
    void whatIsUndoneIsNotRestored();
    void sizeFollowsTheRecipe();
    void visitedStatesLeadBack();

private:
    QList<int> all() const { return quantizableSlots(*m_session); }

    AppFixture m_fixture;
    std::unique_ptr<Session> m_session;
    QStringList m_messages;
    std::function<void()> m_action;
};

void TestSession::init()
{
    m_messages.clear();
    m_session = std::make_unique<Session>(makeEngines());
    connect(m_session.get(), &Session::message, this,
            [this](Loudness, const QString& sentence, const QString&,
                   const std::function<void()>& action) {
                m_messages.append(sentence);
                m_action = action;
            });
    openSample(*m_session);
}

void TestSession::cleanup()
{
    m_session->forgetAutosave();
    QTRY_VERIFY_WITH_TIMEOUT(!m_session->jobs().isBusy(), 20000);
    m_session.reset();
    QCOMPARE(AppFixture::takeWarnings(), QStringList());
}

void TestSession::aFailedOpeningKeepsTheOldModel()
{
    QSignalSpy failed(m_session.get(), &Session::openFailed);
    const Model* before = &m_session->model();
    m_session->setScheme({all().first()}, "q8_0");
    QFile file(m_fixture.folder() + "/broken.gguf");
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("GGUF broken");
    file.close();
    m_session->open(file.fileName());
    QTRY_COMPARE(failed.size(), 1);
    QCOMPARE(&m_session->model(), before);
    QCOMPARE(m_session->choice(all().first()).scheme, std::string("q8_0"));
    QCOMPARE(m_messages.size(), 1);
    QVERIFY2(m_messages.first().contains("broken.gguf"), qPrintable(m_messages.first()));
}

/// Pressed when the model was read, but nobody had seen it yet.
void TestSession::aStopBeforeItIsShownKeepsTheOldModel()
{
    QSignalSpy failed(m_session.get(), &Session::openFailed);
    QSignalSpy opened(m_session.get(), &Session::opened);
    const Model* before = &m_session->model();
    m_session->setScheme({all().first()}, "q8_0");
    m_session->open("sample");
    QSemaphore read;
    m_session->jobs().start(
        {"behind", {}, JobQueue::Quick}, this,
        [&read](JobProgress&) {
            read.release();
            return true;
        },
        [](bool) {});
    read.acquire();
    m_session->jobs().cancelAll();
    QTRY_COMPARE(failed.size(), 1);
    QTRY_VERIFY(!m_session->jobs().isBusy());
    QCOMPARE(opened.size(), 0);
    QCOMPARE(failed.size(), 1);
    QCOMPARE(&m_session->model(), before);
    QCOMPARE(m_session->choice(all().first()).scheme, std::string("q8_0"));
}

/// Two asked for one after the other, and neither wanted any more.
void TestSession::anOpeningGivenUpSaysSo()
{
    QSignalSpy failed(m_session.get(), &Session::openFailed);
    QSignalSpy opened(m_session.get(), &Session::opened);
    m_session->open("sample");
    m_session->open("sample");
    m_session->jobs().cancelAll();
    QTRY_COMPARE(failed.size(), 1);
    QCOMPARE(opened.size(), 0);
    m_session->open("sample");
    QTRY_COMPARE_WITH_TIMEOUT(opened.size(), 1, 20000);
    QCOMPARE(failed.size(), 1);
}

void TestSession::editsAreOneStepEach()
{
    QUndoStack& stack = m_session->undoStack();
    const Recipe before = m_session->recipe();
    m_session->setScheme(all(), "q4_k");
    QCOMPARE(stack.count(), 1);
    m_session->setScheme(all(), "q4_k");
    QCOMPARE(stack.count(), 1); // changed nothing
    m_session->setLocked(all(), true);
    QCOMPARE(stack.count(), 2);
    QVERIFY(!m_session->isSaved());
    stack.undo();
    stack.undo();
    QCOMPARE(m_session->recipe(), before);
    QVERIFY(m_session->isSaved());
}

void TestSession::dragsMerge()
{
    QUndoStack& stack = m_session->undoStack();
    const int slot = all().at(3);
    for (int i = 1; i <= 20; ++i)
        m_session->setClip({slot}, -0.01 * i, 0.01 * i, 5);
    QCOMPARE(stack.count(), 1);
    QCOMPARE(m_session->choice(slot).clipHigh, std::optional(0.2));
    m_session->setClip({slot}, -0.1, 0.1, 6);
    QCOMPARE(stack.count(), 2);
    m_session->setClip({all().at(4)}, -0.1, 0.1, 6);
    QCOMPARE(stack.count(), 3);
    stack.setIndex(1);
    QCOMPARE(m_session->choice(slot).clipHigh, std::optional(0.2));
    stack.undo();
    QVERIFY(!m_session->choice(slot).clipHigh);
    // A drag that ends where it began leaves no step.
    m_session->setClip({slot}, -0.1, 0.1, 7);
    m_session->setClip({slot}, {}, {}, 7);
    QCOMPARE(stack.count(), 0);
}

void TestSession::misfitsAreRefusedByName()
{
    const int norm = slotNamed(*m_session, "model.norm");
    const Recipe before = m_session->recipe();
    m_session->setScheme({all().first(), norm}, "q4_k");
    QCOMPARE(m_session->recipe(), before);
    QCOMPARE(m_session->undoStack().count(), 0);
    QCOMPARE(m_messages.size(), 1);
    QVERIFY2(m_messages.first().contains("model.norm"), qPrintable(m_messages.first()));
}

void TestSession::keysFollowTheTarget()
{
    const auto key = [this](int bits) {
        return Offers::forKey(m_session->model(), m_session->recipe(), all(), bits);
    };
    QCOMPARE(key(4), std::optional<QString>("q4_k"));
    QCOMPARE(key(8), std::optional<QString>("q8_0"));
    QCOMPARE(key(0), std::optional<QString>(""));
    m_session->setTarget("safetensors");
    QCOMPARE(QString::fromStdString(m_session->recipe().target), "safetensors");
    m_session->setScheme(all(), "int3-g32-sym");
    m_session->setTarget("gguf"); // refused: GGUF has no such integers
    QCOMPARE(QString::fromStdString(m_session->recipe().target), "safetensors");
    QCOMPARE(m_messages.size(), 1);
}

void TestSession::savingAndOpeningARecipe()
{
    const QString path = m_fixture.folder() + "/kept.json";
    QSignalSpy saved(m_session.get(), &Session::saved);
    m_session->setScheme(all(), "q6_k");
    m_session->saveRecipe(path);
    QTRY_COMPARE(saved.size(), 1);
    QVERIFY(m_session->isSaved());
    QCOMPARE(m_session->recipePath(), path);
    const Recipe kept = m_session->recipe();

    m_session->setScheme(all(), "q4_k");
    QVERIFY(!m_session->isSaved());
    m_session->openRecipe(path);
    QTRY_COMPARE(m_session->recipe(), kept);
    QVERIFY(m_session->isSaved());
    QVERIFY(m_messages.isEmpty());
}

void TestSession::aForeignRecipeIsNotTakenSilently()
{
    const QString path = m_fixture.folder() + "/foreign.json";
    Recipe foreign = m_session->recipe();
    foreign.modelName = "somebody-else";
    foreign.modelIdentity = "0123456789abcdef";
    foreign.slots["model.layers.0.mlp.up_proj"].scheme = "q5_k";
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QByteArray::fromStdString(foreign.toJson()));
    file.close();
    m_session->openRecipe(path);
    QTRY_COMPARE(m_messages.size(), 1);
    QVERIFY(m_messages.first().contains("somebody-else"));
    const int slot = slotNamed(*m_session, "model.layers.0.mlp.up_proj");
    QVERIFY(m_session->choice(slot).scheme.empty());
    m_action();
    QCOMPARE(m_session->choice(slot).scheme, std::string("q5_k"));
    QCOMPARE(m_session->undoStack().count(), 1);
}

void TestSession::aBrokenRecipeChangesNothing()
{
    const QString path = m_fixture.folder() + "/broken.json";
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("{\"slots\": {\"x\": ");
    file.close();
    const Recipe before = m_session->recipe();
    m_session->openRecipe(path);
    QTRY_COMPARE(m_messages.size(), 1);
    QCOMPARE(m_session->recipe(), before);
}

void TestSession::crashedSessionsAreRestored()
{
    m_session->setScheme(all(), "q5_k");
    const Recipe lost = m_session->recipe();
    const auto kept = [] {
        return QDir(AppFixture::dataFolder() + "/autosave").entryList({"*.json"}).size();
    };
    QTRY_COMPARE_WITH_TIMEOUT(kept(), 1, 10000);
    m_session->jobs().disconnect();
    m_session = std::make_unique<Session>(makeEngines()); // the old one never said goodbye
    connect(m_session.get(), &Session::message, this,
            [this](Loudness, const QString& sentence, const QString&,
                   const std::function<void()>& action) {
                m_messages.append(sentence);
                m_action = action;
            });
    connect(m_session.get(), &Session::openRequested, m_session.get(), &Session::open);
    m_session->offerRestore();
    QTRY_COMPARE(m_messages.size(), 1);
    m_action(); // "Restore" opens the model
    QTRY_VERIFY(m_session->isOpen());
    QCOMPARE(m_session->recipe(), lost);
    QVERIFY(!m_session->isSaved());
    QCOMPARE(m_messages.size(), 2);
    m_session->forgetAutosave();
    QTRY_COMPARE(kept(), 0);
}

void TestSession::whatIsUndoneIsNotRestored()
{
    const auto kept = [] {
        return QDir(AppFixture::dataFolder() + "/autosave").entryList({"*.json"}).size();
    };
    m_session->setScheme(all(), "q5_k");
    QTRY_COMPARE_WITH_TIMEOUT(kept(), 1, 10000);
    m_session->undoStack().undo();
    QVERIFY(m_session->isSaved());
    QTRY_COMPARE_WITH_TIMEOUT(kept(), 0, 10000);
}

void TestSession::sizeFollowsTheRecipe()
{
    Measurements measurements(*m_session);
    QSignalSpy settled(&measurements, &Measurements::settled);
    m_session->setScheme(all(), "q4_k");
    QTRY_VERIFY_WITH_TIMEOUT(!settled.isEmpty(), 20000);
    QCOMPARE(measurements.size()->now.bitsPerWeight(), 4.5);
    QVERIFY(measurements.size()->leastBits < 3);
    QVERIFY(measurements.size()->mostBits >= 16);
    QVERIFY(!measurements.predictedKl()); // the sensitivity was not measured
    for (const int slot : all()) {
        QVERIFY(measurements.error(slot)->relative > 0.01);
        QVERIFY(measurements.error(slot)->relative < 0.2);
    }
}

void TestSession::visitedStatesLeadBack()
{
    Measurements measurements(*m_session);
    Analysis analysis(*m_session, measurements);
    VisitedStates visited(*m_session, measurements, analysis);
    const auto settle = [&](const char* scheme) {
        QSignalSpy settled(&measurements, &Measurements::settled);
        m_session->setScheme(all(), scheme);
        QTRY_VERIFY_WITH_TIMEOUT(!settled.isEmpty(), 20000);
    };
    settle("q8_0");
    const Recipe eight = m_session->recipe();
    const int id = visited.current();
    settle("q4_k");
    QCOMPARE(visited.states().size(), 2);
    QVERIFY(visited.current() != id);
    QVERIFY(visited.states().first().bytes > visited.states().last().bytes);

    visited.goTo(id); // by undo
    QCOMPARE(m_session->recipe(), eight);
    QCOMPARE(m_session->undoStack().index(), 1);
    settle("q6_k"); // the way to q4_k is cut off now
    visited.goTo(id);
    QCOMPARE(m_session->recipe(), eight);
    visited.goTo(visited.states().at(1).id);
    QCOMPARE(m_session->choice(all().first()).scheme, std::string("q4_k"));
}

QTEST_GUILESS_MAIN(TestSession)
#include "tst_session.moc"

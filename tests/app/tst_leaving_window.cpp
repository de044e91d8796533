// SPDX-License-Identifier: GPL-3.0-or-later
// What is not saved of a recipe is asked about, kept and restored; nothing does away with it
// unasked.
#include "app/document/autosave.h"
#include "app/window/documents.h"
#include "app/words/widget_headers.h"
#include "tests/app/window_driver.h"
#include "tests/test_data.h"

#include <QFileDialog>
#include <QMessageBox>
#include <QPushButton>
#include <QSemaphore>

using namespace bitloom;

class TestLeavingWindow : public QObject, private WindowDriver {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void restoringAsksAboutTheOpenRecipe();
    void theOfferGoesWithTheModelItIsAbout();
    void aDiscardedRecipeComesBackByUndo();
    void whatDoesNotFitIsKept();
    void discardingKeepsTheRecipeUntilTheNextModelIsOpen();
    void aSaveGivenUpClosesNothingLater();
    void anOpeningIsStopped();
    void theFirstBudgetIsOfTheNewModel();

private:
    static QString other()
    {
        return QString::fromStdString(testData()) + "/models/gpt-nano-sort/hf";
    }
    static qsizetype files(const char* pattern)
    {
        return QDir(AppFixture::dataFolder() + "/autosave")
            .entryList({pattern}, QDir::Files)
            .size();
    }
    /// As after a crash: a recipe for the sample that no session has; `more` slots it lacks.
    static Recipe leaveBehind(const char* more = nullptr);
    void open(const QString& path) const;
    void answer(QMessageBox::StandardButton button) const;
    void offer() const;
    MessageBar& messages() const { return window->messages(); }

    AppFixture m_fixture;
};

void TestLeavingWindow::init()
{
    QDir(AppFixture::dataFolder()).removeRecursively();
    show({});
    window->context().background.setOn(false);
}

void TestLeavingWindow::cleanup()
{
    session().jobs().cancelAll();
    TRY_IDLE();
    window.reset();
    QCOMPARE(AppFixture::takeWarnings(), QStringList());
}

Recipe TestLeavingWindow::leaveBehind(const char* more)
{
    Session crashed(makeEngines());
    openSample(crashed);
    crashed.setScheme(quantizableSlots(crashed), "q5_k");
    Recipe recipe = crashed.recipe();
    if (more)
        recipe.slots[more].scheme = "q5_k";
    AutosaveFile::ofModel(recipe.modelIdentity)->write({"sample", recipe});
    return recipe;
}

void TestLeavingWindow::open(const QString& path) const
{
    QSignalSpy opened(&session(), &Session::opened);
    window->documents().openModel(path);
    QTRY_COMPARE_WITH_TIMEOUT(opened.size(), 1, 20000);
}

void TestLeavingWindow::answer(QMessageBox::StandardButton button) const
{
    QTRY_VERIFY(window->findChild<QMessageBox*>("unsavedBox"));
    QTest::mouseClick(find<QMessageBox>("unsavedBox")->button(button), Qt::LeftButton);
    QTRY_VERIFY(!window->findChild<QMessageBox*>("unsavedBox"));
}

void TestLeavingWindow::offer() const
{
    session().offerRestore();
    QTRY_VERIFY(messages().text().contains("ended before"));
}

void TestLeavingWindow::restoringAsksAboutTheOpenRecipe()
{
    BITLOOM_REQUIRE_TEST_DATA();
    leaveBehind();
    offer();
    open(other());
    session().setLocked(quantizableSlots(session()), true);
    const Recipe edited = session().recipe();
    click("messageAction");
    answer(QMessageBox::Cancel);
    TRY_IDLE();
    QCOMPARE(session().recipe(), edited);
    QTRY_COMPARE_WITH_TIMEOUT(files("*.json"), 2, 10000);
}

void TestLeavingWindow::theOfferGoesWithTheModelItIsAbout()
{
    const Recipe left = leaveBehind();
    offer();
    open("sample");
    QCOMPARE(session().recipe(), left);
    QCOMPARE(messages().count(), 1);
    QVERIFY2(messages().text().contains("was restored"), qPrintable(messages().text()));
    QTRY_VERIFY_WITH_TIMEOUT(!window->context().visited.states().isEmpty(), 20000);
    QCOMPARE(window->context().visited.states().last().label, QString("as restored"));
}

void TestLeavingWindow::aDiscardedRecipeComesBackByUndo()
{
    const Recipe left = leaveBehind();
    open("sample");
    QVERIFY(window->isWindowModified());
    click("messageAction");
    QVERIFY(session().recipe().slots.empty());
    QVERIFY(!window->isWindowModified());
    QTRY_COMPARE(files("*.json"), 0);
    session().undoStack().undo();
    QCOMPARE(session().recipe(), left);
    QVERIFY(window->isWindowModified());
    QTRY_COMPARE_WITH_TIMEOUT(files("*.json"), 1, 10000);
    session().undoStack().redo(); // and what was kept of it goes again
    QTRY_COMPARE_WITH_TIMEOUT(files("*.json"), 0, 10000);
}

void TestLeavingWindow::whatDoesNotFitIsKept()
{
    leaveBehind("no.such.slot");
    open("sample");
    QVERIFY(session().recipe().slots.empty());
    QVERIFY2(messages().text().contains("cannot be restored"), qPrintable(messages().text()));
    QVERIFY2(messages().text().contains("no.such.slot"), qPrintable(messages().text()));
    session().forgetAutosave();
    TRY_IDLE();
    QCOMPARE(files("*.kept"), 1);
    QCOMPARE(files("*.json"), 0);
}

void TestLeavingWindow::discardingKeepsTheRecipeUntilTheNextModelIsOpen()
{
    BITLOOM_REQUIRE_TEST_DATA();
    open("sample");
    session().setLocked(quantizableSlots(session()), true);
    QTRY_COMPARE_WITH_TIMEOUT(files("*.json"), 1, 10000);
    QSignalSpy failed(&session(), &Session::openFailed);
    window->documents().openModel(m_fixture.folder() + "/none.gguf");
    answer(QMessageBox::Discard);
    QTRY_COMPARE(failed.size(), 1);
    TRY_IDLE();
    QCOMPARE(files("*.json"), 1);
    QSignalSpy opened(&session(), &Session::opened);
    window->documents().openModel(other());
    answer(QMessageBox::Discard);
    QTRY_COMPARE_WITH_TIMEOUT(opened.size(), 1, 20000);
    QTRY_COMPARE(files("*.json"), 0);
}

void TestLeavingWindow::aSaveGivenUpClosesNothingLater()
{
    open("sample");
    session().setLocked(quantizableSlots(session()), true);
    window->close();
    answer(QMessageBox::Save);
    find<QFileDialog>("fileDialog")->reject();
    QTRY_VERIFY(!window->findChild<QFileDialog*>("fileDialog"));
    QSignalSpy saved(&session(), &Session::saved);
    window->documents().saveRecipeAs();
    Q_EMIT find<QFileDialog>("fileDialog")->fileSelected(m_fixture.folder() + "/given-up.json");
    QTRY_COMPARE(saved.size(), 1);
    QVERIFY(window->isVisible());
}

void TestLeavingWindow::anOpeningIsStopped()
{
    open("sample");
    const Model* before = &session().model();
    QSemaphore gate;
    session().jobs().start(
        {"gate", {}, JobQueue::Quick}, this,
        [&gate](JobProgress&) {
            gate.acquire();
            return true;
        },
        [](bool) {});
    QSignalSpy failed(&session(), &Session::openFailed);
    QSignalSpy opened(&session(), &Session::opened);
    session().open("sample");
    session().jobs().cancel("open");
    gate.release();
    QTRY_COMPARE(failed.size(), 1);
    QCOMPARE(opened.size(), 0);
    QCOMPARE(&session().model(), before);
}

void TestLeavingWindow::theFirstBudgetIsOfTheNewModel()
{
    open("sample");
    TRY_IDLE();
    window->budget().setRange(1, 3); // as of a model of a coarser target
    window->budget().setBits(2);
    open("sample");
    QCOMPARE(window->budget().bits(), 4.5);
}

QTEST_MAIN(TestLeavingWindow)
#include "tst_leaving_window.moc"

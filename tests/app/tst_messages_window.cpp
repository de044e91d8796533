// SPDX-License-Identifier: GPL-3.0-or-later
// Messages, jobs, names and figures in the real window.
#include "app/dialogs/export_dialog.h"
#include "app/dialogs/recent_files.h"
#include "app/dialogs/save_content.h"
#include "app/window/documents.h"
#include "app/words/widget_headers.h"
#include "tests/app/window_driver.h"
#include "tests/test_data.h"

#include <QComboBox>
#include <QFile>
#include <QFileDialog>
#include <QMenu>
#include <QSemaphore>
#include <QTableWidget>
#include <QToolButton>

using namespace bitloom;

class TestMessagesWindow : public QObject, private WindowDriver {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void anErrorGoesWithTheSuccess();
    void aQuestionOutlivesWhatComesAfter();
    void theListStopsOneJob();
    void modelsHaveNames();
    void dialogsRememberTheirFolders();
    void theBudgetLineIsOfTheModeChosen();
    void figuresBeforeTheChangeAreMarked();
    void theExportDialogCountsTheFile();

private:
    /// With BITLOOM_SHOT_DIR set, leaves a picture there.
    static void shoot(QWidget* widget, const char* name)
    {
        const QString folder = qEnvironmentVariable("BITLOOM_SHOT_DIR");
        QVERIFY(folder.isEmpty() || widget->grab().save(folder + '/' + name + ".png"));
    }
    void open(const std::string& path);
    MessageBar& messages() const { return window->messages(); }

    AppFixture m_fixture;
};

void TestMessagesWindow::init()
{
    AnalysisSettings settings;
    settings.calibrationWindows = 4;
    settings.evaluationWindows = 2;
    settings.engine = "torch";
    show(settings);
}

void TestMessagesWindow::cleanup()
{
    session().jobs().cancelAll();
    TRY_IDLE();
    window.reset();
    QCOMPARE(AppFixture::takeWarnings(), QStringList());
}

void TestMessagesWindow::open(const std::string& path)
{
    QSignalSpy opened(&session(), &Session::opened);
    session().open(QString::fromStdString(path));
    QTRY_COMPARE_WITH_TIMEOUT(opened.size(), 1, 20000);
}

void TestMessagesWindow::anErrorGoesWithTheSuccess()
{
    const QString broken = m_fixture.folder() + "/broken.gguf";
    QFile file(broken);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("no such thing");
    file.close();
    session().open(broken);
    QTRY_VERIFY(messages().text().contains("broken.gguf"));
    QVERIFY2(!messages().text().contains('['), qPrintable(messages().text()));
    shoot(window.get(), "message_window");
    open("sample");
    QTRY_VERIFY(!messages().text().contains("broken.gguf"));
    QCOMPARE(messages().count(), 0);
}

void TestMessagesWindow::aQuestionOutlivesWhatComesAfter()
{
    int answered = 0;
    Q_EMIT session().message(Loudness::Question, "Restore it?", "Restore",
                             [&answered] { ++answered; });
    Q_EMIT session().message(Loudness::Question, "Discard it?", "Discard", {}, kAboutDocument);
    Q_EMIT session().message(Loudness::Error, "It broke.", {}, {}, "fit");
    open("sample");
    QCOMPARE(messages().text(), "Restore it?");
    QCOMPARE(messages().count(), 1); // the others were about what was open before
    QTest::keyClick(window.get(), Qt::Key_M, Qt::ControlModifier);
    QTRY_VERIFY(find<QPushButton>("messageAction")->hasFocus());
    QTest::keyClick(find<QPushButton>("messageAction"), Qt::Key_Space);
    QCOMPARE(answered, 1);
    QCOMPARE(messages().count(), 0);
}

void TestMessagesWindow::theListStopsOneJob()
{
    QSemaphore gate;
    bool firstStopped = false;
    bool secondStopped = false;
    const auto start = [&](const QString& tag, const QString& title, bool& stopped) {
        session().jobs().start(
            {tag, title, JobQueue::Engine}, this,
            [&gate](JobProgress& progress) {
                gate.acquire();
                return progress.stopRequested();
            },
            [&stopped](bool value) { stopped = value; });
    };
    start("first", "First job", firstStopped);
    start("second", "Second job", secondStopped);
    QTRY_VERIFY(find<QLabel>("jobText")->text().startsWith("First job"));
    QVERIFY(text("jobText").contains("1 waiting"));
    QTest::keyClick(window.get(), Qt::Key_J, Qt::ControlModifier);
    auto* list = find<JobList>("jobList");
    QTRY_VERIFY(list->isVisible());
    shoot(window.get(), "job_window");
    shoot(list, "job_list");
    QCOMPARE(text("jobState-first"), "runs");
    QCOMPARE(text("jobState-second"), "waits");
    QTest::mouseClick(find<QToolButton>("jobStop-second"), Qt::LeftButton);
    QTRY_VERIFY(!text("jobText").contains("waiting"));
    QTest::keyClick(list, Qt::Key_Escape);
    QVERIFY(!list->isVisible());
    gate.release(2);
    TRY_IDLE();
    QVERIFY(!firstStopped);
    QVERIFY(secondStopped);
}

void TestMessagesWindow::modelsHaveNames()
{
    BITLOOM_REQUIRE_TEST_DATA();
    const std::string folder = testData() + "/models/stories260K/hf";
    open(folder);
    QVERIFY2(window->windowTitle().startsWith("stories260K – "), qPrintable(window->windowTitle()));
    QCOMPARE(recentFiles().first().name, "stories260K");
    QCOMPARE(recentFiles().first().path, QString::fromStdString(folder));
    auto* recent = find<QMenu>("recentMenu");
    Q_EMIT recent->aboutToShow();
    QVERIFY(recent->actions().first()->text().startsWith("stories260K  —  "));
}

void TestMessagesWindow::dialogsRememberTheirFolders()
{
    QDir root(m_fixture.folder());
    QVERIFY(root.mkpath("texts") && root.mkpath("recipes"));
    const auto choose = [&](FilePurpose purpose, const QString& path) {
        QString chosen;
        askForFile(
            window.get(), "Choose", QFileDialog::AcceptSave, {}, {},
            [&chosen](const QString& file) { chosen = file; }, purpose);
        auto* dialog = find<QFileDialog>("fileDialog");
        const QString begins = dialog->directory().absolutePath();
        dialog->selectFile(path);
        Q_EMIT dialog->fileSelected(path);
        delete dialog;
        return chosen == path ? begins : QString("nothing was chosen");
    };
    choose(FilePurpose::Text, root.filePath("texts/a.txt"));
    choose(FilePurpose::Recipe, root.filePath("recipes/a.json"));
    QCOMPARE(choose(FilePurpose::Text, root.filePath("texts/b.txt")), root.filePath("texts"));
    QCOMPARE(choose(FilePurpose::Recipe, root.filePath("recipes/b.json")),
             root.filePath("recipes"));
    QCOMPARE(choose(FilePurpose::Report, root.filePath("r.html")), root.filePath("recipes"));
}

void TestMessagesWindow::theBudgetLineIsOfTheModeChosen()
{
    open("sample");
    QTRY_VERIFY(window->context().measurements.size().has_value());
    TRY_IDLE();
    auto* plot = find<SizeQualityPlot>("sizeQuality");
    plot->setStates({{1, "now", 1.0, 0.1, {}}}, 1); // the line stands beside states only
    const auto line = [plot]() -> QString {
        for (int i = 0; i < plot->itemCount(); ++i)
            if (auto* label = qobject_cast<QCPItemText*>(plot->item(i)))
                return label->visible() ? label->text() : QString();
        return {};
    };
    window->budget().setLimits(BudgetBar::Size);
    window->budget().setBits(5);
    QCOMPARE(line(), "budget 5.00 bits");
    window->budget().setMebibytes(2);
    QVERIFY2(line().endsWith("MiB"), qPrintable(line()));
    window->budget().setLimits(BudgetBar::Memory);
    QVERIFY(line().isEmpty());
    window->budget().setLimits(BudgetBar::Size | BudgetBar::Time);
    QVERIFY(!line().isEmpty());
}

void TestMessagesWindow::figuresBeforeTheChangeAreMarked()
{
    open("sample");
    TRY_IDLE();
    session().setScheme(quantizableSlots(session()), "q8_0");
    TRY_IDLE();
    window->context().analysis.evaluate();
    TRY_IDLE();
    QVERIFY(find<QLabel>("measuredKl")->isEnabled());
    QVERIFY(text("measuredKl") != "–");
    session().setScheme({quantizableSlots(session()).first()}, "f16");
    QVERIFY(!find<QLabel>("measuredKl")->isEnabled());
    QVERIFY(text("evaluationState").contains("before the last change"));
    QVERIFY(text("compareNumbers").contains("Before the last change"));
    shoot(window.get(), "old_figures");
    TRY_IDLE();
    session().undoStack().undo();
    QVERIFY(find<QLabel>("measuredKl")->isEnabled());
}

void TestMessagesWindow::theExportDialogCountsTheFile()
{
    open("sample");
    TRY_IDLE();
    session().setScheme(quantizableSlots(session()), "q8_0");
    TRY_IDLE();
    window->documents().exportModel();
    auto* dialog = find<ExportDialog>("exportDialog");
    auto* table = find<QTableWidget>("exportTable");
    const auto writtenAs = [table](const QString& role) {
        for (int row = 0; row < table->rowCount(); ++row)
            if (table->item(row, 0)->text() == role)
                return table->item(row, 2)->text();
        return QString();
    };
    QTRY_VERIFY(text("exportSize").contains("bits per weight"));
    const QString norm = QString::fromUtf8(roleName(Role::Norm));
    QCOMPARE(writtenAs(norm), "f32"); // stored as f16
    QCOMPARE(writtenAs(QString::fromUtf8(roleName(Role::AttentionQuery))), "q8_0");
    QCOMPARE(table->item(table->rowCount() - 1, 0)->text(), "metadata and padding");
    shoot(dialog, "export_gguf");
    auto* format = find<QComboBox>("exportFormat");
    format->setCurrentIndex(format->findData("safetensors"));
    QTRY_VERIFY(text("exportSize").contains("the original"));
    QCOMPARE(writtenAs(QString::fromUtf8(roleName(Role::AttentionQuery))), "q8_0 as f32");
    shoot(dialog, "export_safetensors");
    dialog->close();
}

int main(int argc, char** argv)
{
    QStandardPaths::setTestModeEnabled(true);
    QApplication application(argc, argv);
    QApplication::setStyle("Fusion");
    initWidgetResources();
    TestMessagesWindow test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_messages_window.moc"

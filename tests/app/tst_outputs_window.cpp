// SPDX-License-Identifier: GPL-3.0-or-later
// The window offers names that are free, asks once before it replaces, and never destroys.
#include "app/dialogs/export_dialog.h"
#include "app/dialogs/save_content.h"
#include "app/window/documents.h"
#include "app/window/unattended.h"
#include "app/words/offered_names.h"
#include "app/words/widget_headers.h"
#include "core/files/io/file_in_use.h"
#include "core/workbench/session/text_match.h"
#include "tests/app/window_driver.h"

#include <QFileDialog>
#include <QLineEdit>
#include <QMessageBox>
#include <QProgressBar>
#include <QPushButton>

#include <atomic>
#include <thread>

using namespace bitloom;

class TestOutputsWindow : public QObject, private WindowDriver {
    Q_OBJECT

    AppFixture m_fixture;

    QString path(const char* name) const { return m_fixture.folder() + '/' + name; }
    QString written(const char* name) const
    {
        QFile file(path(name));
        return file.open(QIODevice::WriteOnly) && file.write("old") == 3 ? path(name) : QString();
    }
    static QByteArray content(const QString& name)
    {
        QFile file(name);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    /// The dialog that is open, with a name typed and accepted.
    void chooseFile(const QString& name) const
    {
        QTRY_VERIFY(window->findChild<QFileDialog*>("fileDialog"));
        auto* dialog = find<QFileDialog>("fileDialog");
        auto* edit = dialog->findChild<QLineEdit*>("fileNameEdit");
        QVERIFY(edit);
        edit->setText(name);
        QTest::keyClick(edit, Qt::Key_Return);
        QTRY_VERIFY(!dialog->isVisible());
    }
    void answer(const char* boxName, const char* button) const
    {
        QTRY_VERIFY(window->findChild<QMessageBox*>(boxName));
        auto* box = find<QMessageBox>(boxName);
        QAbstractButton* wanted =
            button ? box->findChild<QAbstractButton*>(button) : box->button(QMessageBox::Cancel);
        QVERIFY(wanted);
        QTest::mouseClick(wanted, Qt::LeftButton);
        QTRY_VERIFY(!window->findChild<QMessageBox*>(boxName));
    }
    void closeFileDialog() const
    {
        QTRY_VERIFY(window->findChild<QFileDialog*>("fileDialog"));
        find<QFileDialog>("fileDialog")->reject();
        QTRY_VERIFY(!window->findChild<QFileDialog*>("fileDialog"));
    }
    void saveText(const char* suggested) const
    {
        saveContent(session(), window.get(), suggested, "new");
    }
    void openExport() const
    {
        window->documents().exportModel();
        QTRY_VERIFY(window->findChild<QDialog*>("exportDialog"));
    }

private Q_SLOTS:
    void initTestCase()
    {
        QSettings().setValue("files/lastFolder", m_fixture.folder());
        QSettings().setValue("files/exportFolder", m_fixture.folder());
        show({});
        openSample(session());
    }
    void cleanupTestCase() { window.reset(); }

    void namesSayTheBits()
    {
        Recipe recipe = session().recipe();
        const Model& model = session().model();
        for (const int slot : quantizableSlots(session()))
            recipe.slots[model.graph.slot(slot).name].scheme = "q4_k";
        QCOMPARE(offeredStem(model, recipe), QString("sample-4.50bpw"));
        Model file;
        file.name = "tiny.Q4_K_M.GGUF";
        QCOMPARE(offeredStem(file, Recipe()), QString("tiny.Q4_K_M-0.00bpw"));
        for (const char* name : {"model.safetensors", "maker/model", "model-3.50bpw-2.gguf"}) {
            file.name = name;
            QCOMPARE(offeredStem(file, Recipe()), QString("model-0.00bpw"));
        }
    }

    void savingAsksOnceAndDoesNotDestroy()
    {
        const QString there = written("plot.csv");
        saveText("plot.csv");
        QTRY_VERIFY(window->findChild<QFileDialog*>("fileDialog"));
        QCOMPARE(find<QFileDialog>("fileDialog")->findChild<QLineEdit*>("fileNameEdit")->text(),
                 QString("plot-2.csv")); // what is offered is free
        chooseFile(there);
        answer("replaceBox", nullptr);
        closeFileDialog(); // asked again, for another name
        QCOMPARE(content(there), QByteArray("old"));
        saveText("plot.csv");
        chooseFile(there);
        answer("replaceBox", "replaceButton");
        QTRY_COMPARE(content(there), QByteArray("new"));
        saveText("plot.csv");
        chooseFile(path("fresh.csv"));
        QTRY_COMPARE(content(path("fresh.csv")), QByteArray("new"));
    }

    void hidingAModelIsAskedToo()
    {
        QVERIFY(!written("pytorch_model.bin").isEmpty());
        const QString file = path("model.safetensors");
        saveText("model.safetensors");
        chooseFile(file);
        QTRY_VERIFY(window->findChild<QMessageBox*>("replaceBox"));
        const QString asked = find<QMessageBox>("replaceBox")->text();
        QVERIFY2(asked.contains("would hide the model of pytorch_model.bin"), qPrintable(asked));
        answer("replaceBox", nullptr);
        closeFileDialog();
        QVERIFY(!QFile::exists(file));
        saveText("model.safetensors");
        chooseFile(file);
        answer("replaceBox", "replaceButton");
        QTRY_COMPARE(content(file), QByteArray("new"));
        QFile::remove(file);
        QFile::remove(path("pytorch_model.bin"));
    }

    void whatIsReadOrProtectedIsRefused()
    {
        const QString text = written("text.txt");
        AnalysisSettings settings;
        settings.calibrationPath = text;
        window->context().analysis.setSettings(settings);
        const QString closed = written("closed.csv");
        QFile::setPermissions(closed, QFile::ReadOwner);
        for (const QString& name : {text, closed}) {
            saveText("table.csv");
            chooseFile(name);
            answer("refusedBox", nullptr);
            closeFileDialog();
            QCOMPARE(content(name), QByteArray("old"));
        }
        window->context().analysis.setSettings({});
    }

    /// Nobody named them, and they are read all the same; the text of a fit by measuring, too.
    void textsThatNobodyNamedAreRefused()
    {
        const QString measuring = written("measuring.txt");
        window->context().analysis.fit({}, measuring);
        session().jobs().cancelAll();
        for (const char* bundled : {"calibration.txt", "evaluation.txt"}) {
            const QString name = QString::fromStdString(bundledText(bundled));
            const QByteArray before = content(name);
            QVERIFY(!before.isEmpty());
            saveText("table.csv");
            chooseFile(name);
            answer("refusedBox", nullptr);
            closeFileDialog();
            QCOMPARE(content(name), before);
        }
        saveText("table.csv");
        chooseFile(measuring);
        answer("refusedBox", nullptr);
        closeFileDialog();
        QCOMPARE(content(measuring), QByteArray("old"));
        TRY_IDLE();
    }

    void theExportFollowsTheRecipe()
    {
        openExport();
        QTRY_VERIFY(text("exportSize").contains("bits per weight"));
        const QString size = text("exportSize");
        session().setScheme(quantizableSlots(session()), "q8_0");
        QTRY_VERIFY(text("exportSize").contains("bits per weight") && text("exportSize") != size);
        const QString stem = offeredStem(session().model(), session().recipe());
        QCOMPARE(QFileInfo(find<QLineEdit>("exportPath")->text()).completeBaseName(), stem);
        session().undoStack().undo();
        QTRY_COMPARE(text("exportSize"), size);
        click("exportClose");
        QTRY_VERIFY(!window->findChild<QDialog*>("exportDialog"));
    }

    /// Another job's progress is not its own.
    void theExportSaysThatItWaits()
    {
        std::atomic<bool> go = false;
        session().jobs().start(
            {"before", "Before", JobQueue::Engine}, window.get(),
            [&go](JobProgress& progress) {
                progress.report(0.9, "far");
                while (!go && !progress.stopRequested())
                    std::this_thread::yield();
                return true;
            },
            [](bool) {});
        QTRY_COMPARE(session().jobs().activity().fraction, 0.9);
        openExport();
        click("exportButton");
        QTRY_VERIFY2(text("exportState").startsWith("Waits"), qPrintable(text("exportState")));
        QCOMPARE(find<QProgressBar>("exportProgress")->value(), 0);
        go = true;
        QTRY_VERIFY2_WITH_TIMEOUT(text("exportState").startsWith("Exported"),
                                  qPrintable(text("exportState")), 60000);
        QFile::remove(find<QLineEdit>("exportPath")->text());
        click("exportClose");
        QTRY_VERIFY(!window->findChild<QDialog*>("exportDialog"));
    }

    void theExportOffersAFreeNameAndAsks()
    {
        const QString name = offeredStem(session().model(), session().recipe()) + ".gguf";
        openExport();
        QCOMPARE(find<QLineEdit>("exportPath")->text(), path(qPrintable(name)));
        click("exportClose");
        QTRY_VERIFY(!window->findChild<QDialog*>("exportDialog"));
        const QString there = written(qPrintable(name));
        openExport();
        auto* edit = find<QLineEdit>("exportPath");
        QCOMPARE(QFileInfo(edit->text()).fileName(),
                 QFileInfo(name).completeBaseName() + "-2.gguf");
        edit->setText(there);
        click("exportButton");
        answer("replaceBox", nullptr);
        QCOMPARE(content(there), QByteArray("old"));
        click("exportButton");
        answer("replaceBox", "replaceButton");
        QTRY_VERIFY2_WITH_TIMEOUT(text("exportState").startsWith("Exported"),
                                  qPrintable(text("exportState")), 60000);
        QVERIFY(content(there).startsWith("GGUF"));
        click("exportClose");
        QTRY_VERIFY(!window->findChild<QDialog*>("exportDialog"));
    }

    /// Before the long work, and not at all unless that was asked for.
    void theUnattendedTourReplacesNothingUnasked()
    {
        const QString folder = path("tour");
        QVERIFY(QDir().mkpath(folder));
        QSignalSpy started(&session().jobs(), &Jobs::started);
        const auto analysed = [&started] {
            return std::any_of(started.begin(), started.end(),
                               [](const QVariantList& of) { return of.first() == "analyse"; });
        };
        for (const char* name : {"report.html", "window.png", "window_dark.png", "model.gguf"}) {
            const QString there = written(qPrintable(QString("tour/") + name));
            Unattended tour(*window, "sample", folder);
            QSignalSpy finished(&tour, &Unattended::finished);
            QTRY_COMPARE_WITH_TIMEOUT(finished.size(), 1, 60000);
            QCOMPARE(tour.exitCode(), 1);
            QCOMPARE(content(there), QByteArray("old"));
            QVERIFY2(window->messages().text().contains("--force"), name);
            QVERIFY2(!analysed(), name);
            QVERIFY(QFile::remove(there));
            TRY_IDLE();
        }
        const QString there = written("tour/report.html");
        Unattended tour(*window, "sample", folder, true);
        QTRY_VERIFY_WITH_TIMEOUT(analysed(), 60000);
    }
};

int main(int argc, char** argv)
{
    QStandardPaths::setTestModeEnabled(true);
    QApplication application(argc, argv);
    QApplication::setStyle("Fusion");
    initWidgetResources();
    TestOutputsWindow test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_outputs_window.moc"

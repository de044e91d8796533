// SPDX-License-Identifier: GPL-3.0-or-later
// The welcome page, the statistics, the evaluation panel, the command palette, text tables and
// icons.
#include "tests/widgets/gallery.h"
#include "tests/widgets/strict_main.h"
#include "widgets/panels/evaluation_panel.h"
#include "widgets/panels/statistics_panel.h"
#include "widgets/window/command_model.h"
#include "widgets/window/command_palette.h"
#include "widgets/window/welcome_page.h"

#include <QAbstractItemModelTester>
#include <QClipboard>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QListWidget>
#include <QPointer>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableWidget>

using namespace bitloom;

class PagesTest : public QObject {
    Q_OBJECT

private slots:
    void init() { failOnWarnings(); }

    void welcomeOpens()
    {
        WelcomePage page;
        QSignalSpy folder(&page, &WelcomePage::openFolderRequested);
        QSignalSpy file(&page, &WelcomePage::openFileRequested);
        QSignalSpy sample(&page, &WelcomePage::openSampleRequested);
        for (const char* name : {"welcomeFolder", "welcomeFile", "welcomeSample"})
            QTest::mouseClick(page.findChild<QPushButton*>(name), Qt::LeftButton);
        QCOMPARE(folder.size() * 100 + file.size() * 10 + sample.size(), 111);
    }

    void welcomeListsRecentModels()
    {
        WelcomePage page;
        page.resize(700, 600);
        page.show();
        auto* list = page.findChild<QListWidget*>("recentModels");
        QVERIFY(list->isHidden());
        page.setRecent({{"/models/one/hf", "one"}, {"/models/two.gguf", "two"}});
        QCOMPARE(list->item(0)->text(), QStringLiteral("one  —  /models/one/hf"));
        QVERIFY(!list->isHidden());
        QSignalSpy recent(&page, &WelcomePage::recentRequested);
        const QRect second = list->visualItemRect(list->item(1));
        QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, second.center());
        QCOMPARE(recent.size(), 1);
        QCOMPARE(recent[0][0].toString(), QStringLiteral("/models/two.gguf"));
        list->setCurrentRow(0);
        QTest::keyClick(list, Qt::Key_Return);
        QCOMPARE(recent.size(), 2);
        QCOMPARE(recent[1][0].toString(), QStringLiteral("/models/one/hf"));
    }

    void statisticsCopy()
    {
        StatisticsPanel panel;
        auto* table = panel.findChild<QTableWidget*>("statisticsTable");
        QVERIFY(table->isHidden());
        panel.setRows("blk.0", {{"mean", "0.1"}, {"kurtosis", "3.2"}});
        QCOMPARE(panel.findChild<QLabel*>("statisticsTitle")->text(), QStringLiteral("blk.0"));
        table->selectRow(1);
        QTest::keyClick(table, Qt::Key_C, Qt::ControlModifier);
        QCOMPARE(QGuiApplication::clipboard()->text(),
                 QStringLiteral("quantity\tvalue\nkurtosis\t3.2\n"));
        table->clearSelection();
        panel.copySelection(); // nothing chosen: all
        QCOMPARE(QGuiApplication::clipboard()->text().count('\n'), 3);
        panel.setRows({}, {});
        QVERIFY(table->isHidden());
    }

    void evaluationSaysWhatIsKnown()
    {
        EvaluationPanel panel;
        const auto text = [&panel](const char* name) {
            return panel.findChild<QLabel*>(name)->text();
        };
        panel.setRows({{"predictedKl", "Predicted KL", {}, {}},
                       {"perplexity", "Perplexity", "3.500 → 3.640 ± 0.05", "less is better"}});
        panel.setState("Measured.");
        panel.setSource("Over evaluation.txt, 999 tokens.");
        QCOMPARE(text("predictedKl"), QStringLiteral("–"));
        QCOMPARE(text("perplexity"), QStringLiteral("3.500 → 3.640 ± 0.05"));
        QCOMPARE(text("evaluationState"), QStringLiteral("Measured."));
        QCOMPARE(text("evaluationSource"), QStringLiteral("Over evaluation.txt, 999 tokens."));
        const QPointer<QLabel> kept = panel.findChild<QLabel*>("perplexity");
        QCOMPARE(kept->toolTip(), QStringLiteral("less is better"));
        panel.setRows({{"predictedKl", "Predicted KL", "0.0059", {}},
                       {"perplexity", "Perplexity", {}, "less is better"}});
        QCOMPARE(text("predictedKl"), QStringLiteral("0.0059"));
        QVERIFY(kept); // the same figures keep their labels, and what is selected in them
        QCOMPARE(kept->text(), QStringLiteral("–"));
        panel.setRows({{"f1", "F1", "0.84", {}}}); // another network has other figures
        QVERIFY(!kept);
        QVERIFY(!panel.findChild<QLabel*>("predictedKl"));
        QCOMPARE(text("f1"), QStringLiteral("0.84"));
    }

    void welcomeNamesWhatOpens()
    {
        WelcomePage page;
        auto* networks = page.findChild<QLabel*>("welcomeNetworks");
        QVERIFY(networks->isHidden());
        page.setNetworks("language models (Llama)");
        QVERIFY(!networks->isHidden());
        QCOMPARE(networks->text(), QStringLiteral("Opens language models (Llama)."));
    }

    void evaluationIsAskedFor()
    {
        EvaluationPanel panel;
        QSignalSpy evaluate(&panel, &EvaluationPanel::evaluationRequested);
        auto* button = panel.findChild<QPushButton*>("evaluate");
        QTest::mouseClick(button, Qt::LeftButton);
        panel.setEvaluateEnabled(false, "The model has no tokenizer.");
        QTest::mouseClick(button, Qt::LeftButton);
        QCOMPARE(evaluate.size(), 1);
        QCOMPARE(button->toolTip(), QStringLiteral("The model has no tokenizer."));
    }

    void fuzzyPrefersStartsOfWords()
    {
        QCOMPARE(fuzzyScore("xyz", "File: Open"), -1);
        QCOMPARE(fuzzyScore("", "File: Open"), 0);
        QVERIFY(fuzzyScore("of", "File: Open folder") > fuzzyScore("of", "Edit: Profile"));
        QVERIFY(fuzzyScore("open", "File: Open") > fuzzyScore("open", "File: Option entry"));
        QVERIFY(fuzzyScore("OF", "Open folder") > 0);
    }

    void paletteFindsAndRuns()
    {
        QMainWindow window;
        int opened = 0;
        int saved = 0;
        QMenu* menu = window.menuBar()->addMenu("&File");
        QAction* open = menu->addAction("&Open folder…", &window, [&opened] { ++opened; });
        open->setShortcut(QKeySequence("Ctrl+O"));
        menu->addAction("&Save recipe", &window, [&saved] { ++saved; });
        menu->addSeparator();
        menu->addAction("Disabled one")->setEnabled(false);
        window.resize(600, 400);
        window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&window));

        CommandPalette palette(&window);
        const auto* list = palette.findChild<QListView*>("commandList");
        const QAbstractItemModelTester tester(
            list->model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        palette.popUp();
        QCOMPARE(list->model()->rowCount(), 2);
        QCOMPARE(list->model()->index(0, 0).data().toString(), QStringLiteral("File: Open folder"));
        auto* filter = palette.findChild<QLineEdit*>("commandFilter");
        QTest::keyClick(filter, Qt::Key_Down);
        QCOMPARE(list->currentIndex().row(), 1);
        QTest::keyClicks(filter, "opf");
        QCOMPARE(list->model()->rowCount(), 1);
        QTest::keyClick(filter, Qt::Key_Return);
        QCOMPARE(opened, 1);
        QVERIFY(palette.isHidden());
        palette.popUp();
        QTest::keyClick(filter, Qt::Key_Escape);
        QVERIFY(palette.isHidden());
        QCOMPARE(saved, 0);
    }

    void tablesQuoteTheirCells()
    {
        const TextTable table{{"a", "b"}, {{"1,5", "say \"hi\""}, {"tab\there", "line\nend"}}};
        QCOMPARE(table.csv(), QStringLiteral("a,b\r\n\"1,5\",\"say \"\"hi\"\"\"\r\ntab\there,"
                                             "\"line\nend\"\r\n"));
        QCOMPARE(table.tabSeparated(),
                 QStringLiteral("a\tb\n1,5\tsay \"hi\"\ntab here\tline end\n"));
    }

    void iconsFollowThePalette()
    {
        QVERIFY(glyph("no such icon").isNull());
        const QPalette light = QApplication::palette();
        const QImage dark = glyph("lock").pixmap(24, 24).toImage();
        QApplication::setPalette(darkPalette());
        const QImage pale = glyph("lock").pixmap(24, 24).toImage();
        QApplication::setPalette(light);
        QVERIFY(brightest(pale) > 200);
        QVERIFY(brightest(dark) < 60);
        QVERIFY(!applicationIcon().pixmap(64, 64).isNull());
    }

private:
    /// Lightness of the lightest opaque point.
    static int brightest(const QImage& picture)
    {
        int most = -1;
        for (int y = 0; y < picture.height(); ++y)
            for (int x = 0; x < picture.width(); ++x)
                if (picture.pixelColor(x, y).alpha() > 200)
                    most = std::max(most, picture.pixelColor(x, y).lightness());
        return most;
    }
};

BITLOOM_WIDGET_TEST(PagesTest)
#include "tst_pages.moc"

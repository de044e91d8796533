// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/widgets/strict_main.h"
#include "widgets/compare/compare_classes.h"
#include "widgets/compare/compare_neighbours.h"
#include "widgets/compare/compare_pane.h"
#include "widgets/compare/compare_texts.h"

#include <QClipboard>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTableWidget>

#include <memory>

using namespace bitloom;

class ComparePaneTest : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        failOnWarnings();
        m_pane = std::make_unique<ComparePane>();
        m_pane->resize(500, 400);
        m_pane->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_pane.get()));
    }
    void cleanup() { m_pane.reset(); }

    void streamsBothTexts()
    {
        m_pane->texts()->appendOriginal("Once");
        m_pane->texts()->appendOriginal(" upon");
        m_pane->texts()->appendQuantized("Once");
        QCOMPARE(m_pane->texts()->originalText(), QStringLiteral("Once upon"));
        QCOMPARE(view("originalText")->toPlainText(), QStringLiteral("Once upon"));
        QCOMPARE(view("quantizedText")->toPlainText(), QStringLiteral("Once"));
        QCOMPARE(m_pane->texts()->firstDifference(), -1);
        QVERIFY(view("originalText")->isReadOnly());
    }

    void marksTheFirstDifferingToken()
    {
        for (const char* piece : {"The", " little", " dog", " ran", "."})
            m_pane->texts()->appendOriginal(piece);
        m_pane->texts()->appendQuantized("The");
        m_pane->texts()->appendQuantized(" little");
        QVERIFY(marked("originalText").isEmpty());
        m_pane->texts()->appendQuantized(" dot");
        QCOMPARE(m_pane->texts()->firstDifference(), 13); // "The little do" is common
        QCOMPARE(marked("originalText"), QStringLiteral(" dog"));
        QCOMPARE(marked("quantizedText"), QStringLiteral(" dot"));
        m_pane->texts()->appendQuantized(" sat."); // later tokens do not join the mark
        m_pane->texts()->appendOriginal(" The end.");
        QCOMPARE(marked("quantizedText"), QStringLiteral(" dot"));
        QCOMPARE(m_pane->texts()->firstDifference(), 13);
        const auto selections = view("quantizedText")->extraSelections();
        QVERIFY(selections[0].format.fontUnderline() ||
                selections[0].format.underlineStyle() == QTextCharFormat::SingleUnderline);
        QVERIFY(selections[0].format.background() != Qt::NoBrush);
        QCOMPARE(label("compareState"), QStringLiteral("The texts part after 13 characters."));
    }

    void clearsForTheNextRun()
    {
        m_pane->texts()->appendOriginal("a");
        m_pane->texts()->appendQuantized("b");
        QCOMPARE(m_pane->texts()->firstDifference(), 0);
        m_pane->clear();
        QVERIFY(m_pane->texts()->originalText().isEmpty() &&
                view("quantizedText")->toPlainText().isEmpty());
        QCOMPARE(m_pane->texts()->firstDifference(), -1);
        m_pane->texts()->appendOriginal("same");
        m_pane->texts()->appendQuantized("same");
        QVERIFY(marked("originalText").isEmpty());
        m_pane->setRunning(false);
        QCOMPARE(label("compareState"), QStringLiteral("Both texts are the same."));
    }

    void runsAndStops()
    {
        QSignalSpy run(m_pane.get(), &ComparePane::runRequested);
        QSignalSpy stop(m_pane.get(), &ComparePane::stopRequested);
        auto* button = m_pane->findChild<QPushButton*>("compareRun");
        auto* prompt = m_pane->findChild<QLineEdit*>("prompt");
        QTest::keyClicks(prompt, "The dog");
        QCOMPARE(m_pane->prompt(), QStringLiteral("The dog"));
        QTest::keyClick(prompt, Qt::Key_Return);
        QTest::mouseClick(button, Qt::LeftButton);
        QCOMPARE(run.size(), 2);
        m_pane->setRunning(true);
        QCOMPARE(button->text(), QStringLiteral("Stop"));
        QTest::mouseClick(button, Qt::LeftButton);
        QTest::keyClick(prompt, Qt::Key_Return); // a second Return does not stop by accident
        QCOMPARE(stop.size(), 1);
        QCOMPARE(run.size(), 2);
    }

    void saysWhyItCannotRun()
    {
        QSignalSpy run(m_pane.get(), &ComparePane::runRequested);
        auto* button = m_pane->findChild<QPushButton*>("compareRun");
        m_pane->setRunEnabled(false, "The model has no tokenizer.");
        QVERIFY(!button->isEnabled());
        QCOMPARE(button->toolTip(), QStringLiteral("The model has no tokenizer."));
        QTest::keyClick(m_pane->findChild<QLineEdit*>("prompt"), Qt::Key_Return);
        QCOMPARE(run.size(), 0);
        m_pane->setRunning(true);
        QVERIFY(button->isEnabled()); // what runs can be stopped
    }

    void samplingIsReadBack()
    {
        QSignalSpy changed(m_pane->texts(), &CompareTexts::samplingChanged);
        m_pane->texts()->setSampling({0.8, 40, 0.95, 42, 256});
        QCOMPARE(changed.size(), 5);
        const SamplingSettings got = m_pane->texts()->sampling();
        QCOMPARE(got.temperature, 0.8);
        QCOMPARE(got.topK, 40);
        QCOMPARE(got.topP, 0.95);
        QCOMPARE(got.seed, quint64(42));
        QCOMPARE(got.tokens, 256);
        auto* temperature = m_pane->findChild<QDoubleSpinBox*>("temperature");
        temperature->setFocus();
        QTest::keyClick(temperature, Qt::Key_Up);
        QVERIFY(m_pane->texts()->sampling().temperature > 0.85);
    }

    void keepsTheReadersPlace()
    {
        for (int i = 0; i < 200; ++i)
            m_pane->texts()->appendOriginal("line\n");
        QScrollBar* bar = view("originalText")->verticalScrollBar();
        QCOMPARE(bar->value(), bar->maximum()); // follows the stream
        bar->setValue(10);
        m_pane->texts()->appendOriginal("more\n");
        QCOMPARE(bar->value(), 10);
    }

    void classesAreMarked()
    {
        CompareClasses* classes = m_pane->classes();
        m_pane->setView(classes);
        QCOMPARE(m_pane->view(), static_cast<CompareView*>(classes));
        QVERIFY(m_pane->findChild<QLineEdit*>("prompt")->placeholderText().contains("sentence"));
        classes->setLabels({"bad", "good"});
        auto* table = classes->findChild<QTableWidget*>("classTable");
        QCOMPARE(table->rowCount(), 0);
        classes->setOriginal({0.25, 0.75});
        QCOMPARE(label("compareState"), QString()); // one side says nothing yet
        QCOMPARE(table->item(1, 0)->text(), QStringLiteral("good"));
        QCOMPARE(table->item(0, 1)->text(), QStringLiteral("25.0 %"));
        QCOMPARE(table->item(1, 1)->text(), QStringLiteral("● 75.0 %"));
        classes->setQuantized({0.4, 0.6});
        QCOMPARE(label("compareState"), QStringLiteral("Both find good most likely."));
        classes->setQuantized({0.6, 0.4});
        QCOMPARE(label("compareState"),
                 QStringLiteral("The class changes: bad quantized, good by the original."));
        QVERIFY(table->item(0, 2)->font().bold());
        QVERIFY(!table->item(1, 2)->font().bold());
        m_pane->clear();
        QCOMPARE(table->rowCount(), 0);
        QCOMPARE(label("compareState"), QString());
    }

    void neighboursOutOfPlaceAreBold()
    {
        CompareNeighbours* neighbours = m_pane->neighbours();
        m_pane->setView(neighbours);
        auto* table = neighbours->findChild<QTableWidget*>("neighbourTable");
        const NearSentence dog{"the dog", 0.9};
        const NearSentence cat{"the cat", 0.7};
        const NearSentence sun{"the sun", 0.5};
        neighbours->setOriginal({dog, cat, sun});
        neighbours->setQuantized({dog, sun, cat});
        QCOMPARE(label("compareState"), QString());
        neighbours->setOwnCosine(0.5);
        QVERIFY2(label("compareState").contains("0.50000"), qPrintable(label("compareState")));
        QVERIFY(label("compareState").contains("change"));
        QCOMPARE(table->item(1, 0)->text(), QStringLiteral("the cat"));
        QCOMPARE(table->item(1, 1)->text(), QStringLiteral("0.70000"));
        QCOMPARE(table->item(1, 2)->text(), QStringLiteral("the sun"));
        QVERIFY(!table->item(0, 2)->font().bold());
        QVERIFY(table->item(1, 2)->font().bold());
        QTest::keyClick(table, Qt::Key_C, Qt::ControlModifier);
        QVERIFY(QGuiApplication::clipboard()->text().contains("the cat\t0.70000\tthe sun"));
        neighbours->setQuantized({dog, cat, sun});
        QVERIFY(label("compareState").contains("same order"));
    }

    void numbersAndEngine()
    {
        m_pane->setNumbers("perplexity 3.5 → 3.6");
        m_pane->setEngine("Vulkan: llvmpipe");
        QCOMPARE(label("compareNumbers"), QStringLiteral("perplexity 3.5 → 3.6"));
        QCOMPARE(label("compareEngine"), QStringLiteral("Engine: Vulkan: llvmpipe"));
    }

private:
    QPlainTextEdit* view(const char* name) const
    {
        return m_pane->findChild<QPlainTextEdit*>(name);
    }
    QString label(const char* name) const { return m_pane->findChild<QLabel*>(name)->text(); }
    QString marked(const char* name) const
    {
        const auto selections = view(name)->extraSelections();
        return selections.isEmpty() ? QString() : selections.first().cursor.selectedText();
    }

    std::unique_ptr<ComparePane> m_pane;
};

BITLOOM_WIDGET_TEST(ComparePaneTest)
#include "tst_compare_pane.moc"

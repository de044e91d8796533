// SPDX-License-Identifier: GPL-3.0-or-later
// All metrics side by side, and for the chosen one the predictions against the measurements.
#include "tests/widgets/gallery.h"
#include "tests/widgets/strict_main.h"

#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableWidget>

using namespace bitloom;

class LabPanelTest : public QObject {
    Q_OBJECT

private slots:
    void measuresOnRequestOnly()
    {
        LabPanel panel;
        QSignalSpy asked(&panel, &LabPanel::measureRequested);
        auto* button = panel.findChild<QPushButton*>("labMeasure");
        panel.setState(false, "Open a model first.");
        QTest::mouseClick(button, Qt::LeftButton);
        QCOMPARE(asked.size(), 0);
        QCOMPARE(panel.findChild<QLabel*>("labState")->text(), QString("Open a model first."));
        panel.setState(true, "Takes minutes.");
        QTest::mouseClick(button, Qt::LeftButton);
        QCOMPARE(asked.size(), 1);
    }

    void theFirstMetricIsShownThenTheChosen()
    {
        LabPanel panel;
        QCOMPARE(panel.chosenRow(), -1);
        QSignalSpy chosen(&panel, &LabPanel::rowChosen);
        panel.setRows({"metric", "rank correlation"},
                      {{"Fisher", "a sum", {"0.99"}}, {"weight error", "a norm", {"0.78"}}});
        QCOMPARE(panel.chosenRow(), 0);
        QCOMPARE(chosen.size(), 1);
        auto* table = panel.findChild<QTableWidget*>("labScores");
        QCOMPARE(table->item(1, 0)->toolTip(), QString("a norm"));
        table->selectRow(1);
        QCOMPARE(panel.chosenRow(), 1);
        QCOMPARE(chosen.size(), 2);
        panel.setRows({"metric"}, {});
        QCOMPARE(panel.chosenRow(), -1);
        QCOMPARE(table->rowCount(), 0);
    }

    void dotsAreChosenByClickAndByKey()
    {
        LabPlot plot;
        plot.resize(500, 400);
        plot.show();
        QVERIFY(QTest::qWaitForWindowExposed(&plot));
        plot.setDots({{7, 0, "up", 0.5, 0.4}, {3, 1, "down", 0.01, 0.02}}, {"int2", "int4"}, true,
                     {});
        QSignalSpy chosen(&plot, &LabPlot::dotChosen);
        QTRY_VERIFY(plot.dotPosition(1).has_value());
        QTest::qWait(50); // the axes are laid out with the next drawing
        QTest::mouseClick(&plot, Qt::LeftButton, {}, plot.dotPosition(1)->toPoint());
        QCOMPARE(chosen.takeFirst().at(0).toInt(), 7); // the greater measurement comes last
        QTest::mouseClick(&plot, Qt::LeftButton, {},
                          plot.dotPosition(1)->toPoint() + QPoint(40, 0));
        QVERIFY(chosen.isEmpty());
        plot.setFocus();
        QTest::keyClick(&plot, Qt::Key_Right);
        QCOMPARE(chosen.takeFirst().at(0).toInt(), 3);
        QVERIFY(plot.summary().contains("down, int4"));
        QTest::keyClick(&plot, Qt::Key_Right);
        QCOMPARE(chosen.takeFirst().at(0).toInt(), 7);
    }

    void whereTheUnitIsTheSameBothAxesAre()
    {
        LabPlot plot;
        const QList<LabDot> dots = {{1, 0, "up", 0.5, 0.4}, {2, 0, "down", 0.01, 0.02}};
        plot.setDots(dots, {"int2"}, true, {});
        QCOMPARE(plot.xAxis->range(), plot.yAxis->range());
        plot.setDots(dots, {"int2"}, false, {});
        QVERIFY(plot.xAxis->range() != plot.yAxis->range());
    }

    /// A metric may predict nothing or less than nothing: logarithms know no such dot.
    void whatHasNoLogarithmIsLeftOut()
    {
        LabPlot plot;
        plot.setDots({{1, 0, "up", -0.5, 0.4}, {2, 0, "down", 0.01, 0.0}}, {"int2"}, false,
                     "Nothing to draw.");
        QCOMPARE(plot.table().rows.size(), 0);
        QCOMPARE(plot.emptyText(), QString("Nothing to draw."));
        QVERIFY(!plot.dotPosition(0));
    }
};

BITLOOM_WIDGET_TEST(LabPanelTest)
#include "tst_lab_panel.moc"

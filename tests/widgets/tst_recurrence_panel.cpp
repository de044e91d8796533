// SPDX-License-Identifier: GPL-3.0-or-later
// Norms of hidden matrices, and the drift of hidden states.
#include "tests/widgets/strict_main.h"
#include "widgets/panels/recurrence_panel.h"

#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableWidget>

using namespace bitloom;

class RecurrencePanelTest : public QObject {
    Q_OBJECT

private slots:
    void saysWhyThereIsNothing()
    {
        RecurrencePanel panel;
        panel.show();
        auto* empty = panel.findChild<QLabel*>("recurrenceEmpty");
        QVERIFY(empty->isVisible() && empty->text().contains("recurrent"));
        panel.setNorms({}, "Nothing comes back.");
        QCOMPARE(empty->text(), QString("Nothing comes back."));
        QVERIFY(!panel.plot()->isVisible());
    }

    void normsBeforeAndAfter()
    {
        RecurrencePanel panel;
        panel.setNorms({{4, "weight_hh_l0.i", 2, 2.5}, {5, "weight_hh_l0.f", 1.5, {}}}, {});
        panel.show();
        auto* table = panel.findChild<QTableWidget*>("hiddenNorms");
        QVERIFY(table->isVisible());
        QCOMPARE(table->rowCount(), 2);
        QCOMPARE(table->item(0, 0)->text(), QString("weight_hh_l0.i"));
        QCOMPARE(table->item(0, 2)->text(), QString("2.500"));
        QCOMPARE(table->item(0, 3)->text(), QString("25.0 %"));
        QCOMPARE(table->item(1, 1)->text(), QString("1.500"));
        QCOMPARE(table->item(1, 3)->text(), QString());
    }

    void driftIsMeasuredOnRequest()
    {
        RecurrencePanel panel;
        panel.setNorms({{4, "weight_hh_l0.i", 2, 2.5}}, {});
        QSignalSpy asked(&panel, &RecurrencePanel::measureRequested);
        auto* button = panel.findChild<QPushButton*>("measureDrift");
        panel.setMeasureEnabled(false, "Give layers fewer bits first.");
        QTest::mouseClick(button, Qt::LeftButton);
        QCOMPARE(asked.size(), 0);
        QCOMPARE(button->toolTip(), QString("Give layers fewer bits first."));
        panel.setMeasureEnabled(true);
        QTest::mouseClick(button, Qt::LeftButton);
        QCOMPARE(asked.size(), 1);
        panel.setDrift({}, "Measure it.");
        QCOMPARE(panel.plot()->emptyText(), QString("Measure it."));
        panel.setDrift({{"layers.0", {0.01, 0.03, 0.02}}, {"layers.1", {0.1}}}, {});
        QCOMPARE(panel.plot()->emptyText(), QString());
        const TextTable table = panel.plot()->table();
        QCOMPARE(table.header, (QStringList{"time step", "layers.0", "layers.1"}));
        QCOMPARE(table.rows.size(), 3);
        QCOMPARE(table.rows[1], (QStringList{"2", "0.03", ""}));
        QVERIFY(panel.plot()->summary().contains("0.1"));
    }
};

BITLOOM_WIDGET_TEST(RecurrencePanelTest)
#include "tst_recurrence_panel.moc"

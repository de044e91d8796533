// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/widgets/fake_layers.h"
#include "tests/widgets/strict_main.h"
#include "widgets/base/layer_selection.h"
#include "widgets/plots/bar_canvas.h"
#include "widgets/plots/bar_plot.h"

#include <QComboBox>
#include <QLabel>
#include <QSignalSpy>
#include <QToolButton>

#include <memory>

using namespace bitloom;

class BarPlotTest : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        failOnWarnings();
        m_layers = std::make_unique<FakeLayers>();
        m_selection = std::make_unique<QItemSelectionModel>(m_layers.get());
        m_bars = std::make_unique<BarPlot>("sensitivity", "Sensitivity");
        m_bars->resize(640, 320);
        m_bars->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_bars.get()));
        m_bars->setModel(m_layers.get());
        m_bars->setSelectionModel(m_selection.get());
    }
    void cleanup()
    {
        m_bars.reset();
        m_selection.reset();
        m_layers.reset();
    }

    void emptyUntilMeasuredThenFillsIn()
    {
        m_bars->setEmptyText("Press F5.");
        QCOMPARE(canvas()->emptyText(), QStringLiteral("Press F5."));
        m_layers->set(1, 0.25, SensitivityRole);
        QTRY_VERIFY(canvas()->emptyText().isEmpty());
        QCOMPARE(canvas()->summary(),
                 QStringLiteral(
                     "damage at 4 bits: 1 of 22 bars known, the greatest is block 0 q with 0.250; "
                     "0 selected."));
        fillSensitivity(*m_layers);
        QTRY_VERIFY(canvas()->summary().contains("22 of 22"));
    }

    void namesOfGroupsLeanWhereTheyWouldCollide()
    {
        fill();
        m_bars->resize(900, 320);
        QTRY_COMPARE(canvas()->xAxis->tickLabelRotation(), 0.0);
        m_bars->resize(260, 320);
        QTRY_VERIFY(canvas()->xAxis->tickLabelRotation() < 0);
    }

    void leavesOutWhatCannotBeQuantized()
    {
        fill();
        QCOMPARE(canvas()->bars().size(), m_layers->slotCount() - 1);
    }

    void clicksSelect()
    {
        fill();
        click(3);
        QCOMPARE(selected(), QList<int>{3});
        click(6, Qt::ShiftModifier);
        QCOMPARE(selected(), (QList<int>{3, 4, 5, 6}));
        click(4, Qt::ControlModifier);
        QCOMPARE(selected(), (QList<int>{3, 5, 6}));
        QCOMPARE(canvas()->selectedBars(), (QSet<int>{3, 5, 6}));
    }

    void dragSelectsAllItTouches()
    {
        fill();
        drag(8, 12);
        QCOMPARE(selected(), (QList<int>{8, 9, 10, 11, 12}));
        drag(1, 2, Qt::ControlModifier);
        QCOMPARE(selected(), (QList<int>{1, 2, 8, 9, 10, 11, 12}));
        const QCPRange before = canvas()->xAxis->range();
        drag(8, 12, Qt::AltModifier); // pans
        QCOMPARE(selected().size(), 7);
        QVERIFY(canvas()->xAxis->range().lower != before.lower);
    }

    void selectionFromElsewhereShows()
    {
        fill();
        m_selection->select(rowSelection({m_layers->slot(5), m_layers->slot(7)}),
                            QItemSelectionModel::ClearAndSelect);
        QCOMPARE(canvas()->selectedBars(), (QSet<int>{5, 7}));
        QVERIFY(canvas()->summary().endsWith("2 selected."));
    }

    void byRoleSumsAndSelectsAllOfTheRole()
    {
        fill();
        QTest::mouseClick(m_bars->findChild<QToolButton*>("sensitivityByRole"), Qt::LeftButton);
        QCOMPARE(canvas()->bars().size(), 8);
        double sum = 0;
        for (const int slot : {1, 8, 15})
            sum += m_layers->slot(slot).data(SensitivityRole).toDouble();
        QCOMPARE(canvas()->bars()[1].name, QStringLiteral("attention query"));
        QCOMPARE(*canvas()->bars()[1].value, sum);
        click(1);
        QCOMPARE(selected(), (QList<int>{1, 8, 15}));
        click(1, Qt::ControlModifier);
        QCOMPARE(selected(), QList<int>());
    }

    void arrowKeysMoveAndExtend()
    {
        fill();
        click(3);
        QTest::keyClick(canvas(), Qt::Key_Right);
        QCOMPARE(selected(), QList<int>{4});
        QTest::keyClick(canvas(), Qt::Key_Right, Qt::ShiftModifier);
        QCOMPARE(selected(), (QList<int>{4, 5}));
    }

    void fillingInKeepsTheZoom()
    {
        fill();
        canvas()->xAxis->setRange(2, 6);
        m_layers->set(3, 0.5, SensitivityRole);
        QTRY_COMPARE(*canvas()->bars()[3].value, 0.5);
        QCOMPARE(canvas()->xAxis->range().lower, 2.0);
        QTest::keyClick(canvas(), Qt::Key_0, Qt::ControlModifier);
        QCOMPARE(canvas()->xAxis->range().lower, -0.6);
    }

    void hiddenPanelWaits()
    {
        fill();
        m_bars->hide();
        m_layers->set(3, 0.75, SensitivityRole);
        QTest::qWait(60); // longer than the pause that gathers changes
        QVERIFY(*canvas()->bars()[3].value != 0.75);
        m_bars->show();
        QCOMPARE(*canvas()->bars()[3].value, 0.75);
    }

    void otherQuantityAndSubtitle()
    {
        m_bars->setQuantity(ErrorRole, "relative error");
        m_bars->setSubtitle("over the sample text");
        QCOMPARE(canvas()->yAxis->label(), QStringLiteral("relative error"));
        QCOMPARE(*canvas()->bars()[1].value, 0.02);
        QCOMPARE(m_bars->findChild<QLabel*>("sensitivitySubtitle")->text(),
                 QStringLiteral("over the sample text"));
        QCOMPARE(canvas()->table().header.last(), QStringLiteral("relative error"));
    }

    void valuesBelowZeroAreInSight()
    {
        m_layers->set(1, -0.5, SensitivityRole);
        m_layers->set(2, 0.25, SensitivityRole);
        QTRY_VERIFY(canvas()->emptyText().isEmpty());
        QVERIFY(canvas()->yAxis->range().lower < -0.5 && canvas()->yAxis->range().upper > 0.25);
    }

    void offersMetrics()
    {
        auto* combo = m_bars->findChild<QComboBox*>("sensitivityMetric");
        QVERIFY(!combo->isVisible());
        m_bars->setMetrics({{"fisher", "Fisher", "a sum"}, {"error", "weight error", "a norm"}},
                           "fisher");
        QVERIFY(combo->isVisible());
        QCOMPARE(combo->currentText(), QStringLiteral("Fisher"));
        QCOMPARE(combo->itemData(1, Qt::ToolTipRole).toString(), QStringLiteral("a norm"));
        QSignalSpy chosen(m_bars.get(), &BarPlot::metricChosen);
        combo->setFocus();
        QTest::keyClick(combo, Qt::Key_Down);
        QCOMPARE(chosen.size(), 1);
        QCOMPARE(chosen.first().first().toString(), QStringLiteral("error"));
        m_bars->setMetrics({}, {});
        QVERIFY(!combo->isVisible());
        QCOMPARE(chosen.size(), 1);
    }

    void modelGoesAway()
    {
        fill();
        m_bars->setModel(nullptr);
        m_bars->setSelectionModel(nullptr);
        QVERIFY(canvas()->bars().isEmpty());
        QVERIFY(!canvas()->emptyText().isEmpty());
        QTest::keyClick(canvas(), Qt::Key_Right);
    }

private:
    BarCanvas* canvas() const { return m_bars->canvas(); }
    void fill() const
    {
        fillSensitivity(*m_layers);
        QTRY_VERIFY(canvas()->summary().contains("22 of 22"));
        canvas()->replot();
    }
    QPoint place(int bar) const { return canvas()->barPosition(bar).toPoint(); }
    void click(int bar, Qt::KeyboardModifiers modifiers = {}) const
    {
        QTest::mouseClick(canvas(), Qt::LeftButton, modifiers, place(bar));
    }
    void drag(int from, int to, Qt::KeyboardModifiers modifiers = {}) const
    {
        const QPoint start = place(from) - QPoint(0, 20);
        const QPoint end = place(to) + QPoint(0, 20);
        QTest::mousePress(canvas(), Qt::LeftButton, modifiers, start);
        for (const QPointF at : {QPointF(start + end) / 2, QPointF(end)}) {
            QMouseEvent move(QEvent::MouseMove, at, canvas()->mapToGlobal(at), Qt::NoButton,
                             Qt::LeftButton, modifiers);
            QCoreApplication::sendEvent(canvas(), &move);
        }
        QTest::mouseRelease(canvas(), Qt::LeftButton, modifiers, end);
    }
    QList<int> selected() const
    {
        QList<int> numbers;
        for (const QModelIndex& row : selectedSlots(*m_selection))
            numbers.append(row.data(SlotRole).toInt());
        return numbers;
    }

    std::unique_ptr<FakeLayers> m_layers;
    std::unique_ptr<QItemSelectionModel> m_selection;
    std::unique_ptr<BarPlot> m_bars;
};

BITLOOM_WIDGET_TEST(BarPlotTest)
#include "tst_bar_plot.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// What every layer costs at every number of bits: colours, marks, choosing and taking.
#include "tests/widgets/gallery.h"
#include "tests/widgets/strict_main.h"

#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>

using namespace bitloom;

class HeatMapTest : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        failOnWarnings();
        m_map = std::make_unique<HeatMap>();
        m_map->resize(400, 500);
        m_map->setColumns({"2", "3", "4", "5", "6", "8"});
        m_map->setQuantity("KL, nats per token");
        m_map->setRows(someHeat(3));
        m_map->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_map.get()));
        m_map->replot();
    }
    void cleanup() { m_map.reset(); }

    /// Less damage is darker; what is unknown or not on offer has no colour.
    void coloursFollowTheLogarithm()
    {
        const QList<HeatRow>& rows = m_map->rows();
        QVERIFY(*rows[0].cells[0].value > *rows[0].cells[5].value);
        QVERIFY(colorAt(0, 0).lightness() > colorAt(0, 5).lightness() + 60);
        const int step = colorAt(0, 1).lightness() - colorAt(0, 3).lightness();
        QVERIFY2(step > 10, qPrintable(QString::number(step)));
        QCOMPARE(colorAt(6, 1), m_map->style().background); // not on offer
    }

    void cellsComeInLater()
    {
        QVERIFY(!m_map->rows().last().cells[0].value);
        QVERIFY(m_map->summary().contains("106 of 123 cells known"));
        HeatCell cell = m_map->rows().last().cells[0];
        cell.value = 0.5;
        m_map->setCell(20, 0, cell);
        QTRY_VERIFY2(m_map->summary().contains("107 of 123"), qPrintable(m_map->summary()));
        QVERIFY(m_map->summary().contains("to 0.5"));
    }

    void clicksChooseRows()
    {
        QSignalSpy chosen(m_map.get(), &HeatMap::chosen);
        click(3, 2);
        QCOMPARE(chosen.takeFirst().first().value<QList<int>>(), QList<int>{3});
        click(5, 1, Qt::ShiftModifier);
        QCOMPARE(chosen.takeFirst().first().value<QList<int>>(), (QList<int>{3, 4, 5}));
        click(8, 1, Qt::ControlModifier);
        QVERIFY(chosen.takeFirst().at(2).toBool()); // toggles
        m_map->setSelected({3, 4, 5});
        QVERIFY(m_map->summary().endsWith("3 of 21 layers selected."));
    }

    void doubleClicksAndReturnTakeACell()
    {
        QSignalSpy taken(m_map.get(), &HeatMap::cellTaken);
        QTest::mouseDClick(m_map.get(), Qt::LeftButton, {}, place(2, 4));
        QCOMPARE(taken.size(), 1);
        QCOMPARE(taken.takeFirst(), (QVariantList{2, 4}));
        QTest::mouseDClick(m_map.get(), Qt::LeftButton, {}, place(6, 1)); // not on offer
        QCOMPARE(taken.size(), 0);
        click(2, 3);
        m_map->setFocus();
        QTest::keyClick(m_map.get(), Qt::Key_Right);
        QTest::keyClick(m_map.get(), Qt::Key_Down);
        QVERIFY2(m_map->summary().startsWith("block 0 out as q6_k"), qPrintable(m_map->summary()));
        QTest::keyClick(m_map.get(), Qt::Key_Return);
        QCOMPARE(taken.takeFirst(), (QVariantList{3, 4}));
    }

    void arrowsExtendAndStayInSight()
    {
        QSignalSpy chosen(m_map.get(), &HeatMap::chosen);
        m_map->yAxis->setRange(-0.5, 4.5);
        click(4, 0);
        QTest::keyClick(m_map.get(), Qt::Key_Down, Qt::ShiftModifier);
        QCOMPARE(chosen.last().first().value<QList<int>>(), (QList<int>{4, 5}));
        QCOMPARE(m_map->yAxis->range().upper, 5.5);
        QTest::keyClick(m_map.get(), Qt::Key_0, Qt::ControlModifier);
        QCOMPARE(m_map->yAxis->range().upper, 20.5);
    }

    /// Where rows are too low for their names, groups are named.
    void labelsFitTheRows()
    {
        const auto labels = [this] {
            return m_map->yAxis->ticker().staticCast<QCPAxisTickerText>()->ticks();
        };
        m_map->resize(400, 900);
        QTRY_COMPARE(labels().size(), 21);
        m_map->resize(400, 220);
        QTRY_COMPARE(labels().size(), 3);
        QCOMPARE(labels().value(3), QString("block 0"));
        m_map->yAxis->setRange(-0.5, 4.5); // zoomed in
        QCOMPARE(labels().size(), 21);
    }

    void numbersAsTable()
    {
        const TextTable table = m_map->table();
        QCOMPARE(table.header.size(), 8);
        QCOMPARE(table.rows.size(), 21);
        QCOMPARE(table.rows[1][0], QString("block 0 k"));
        QCOMPARE(table.rows[1][1], QString("q5_k"));
        for (const char* format : {"png", "svg", "pdf", "csv"})
            QVERIFY(m_map->rendered(QString::fromUtf8(format)).size() > 100);
    }

    void emptyUntilThereAreRows()
    {
        m_map->setEmptySentence("Press F5.");
        m_map->setRows({});
        QCOMPARE(m_map->emptyText(), QString("Press F5."));
        QTest::keyClick(m_map.get(), Qt::Key_Down);
        QTest::keyClick(m_map.get(), Qt::Key_Return);
        QTest::mouseDClick(m_map.get(), Qt::LeftButton, {}, QPoint(200, 200));
    }

    void stoppedItOffersToGoOn()
    {
        HeatMapPanel panel;
        panel.show();
        auto* button = panel.findChild<QPushButton*>("heatMapResume");
        QVERIFY(!button->isVisible());
        panel.setStopped(true);
        QVERIFY(button->isVisible());
        QSignalSpy asked(&panel, &HeatMapPanel::resumeRequested);
        QTest::mouseClick(button, Qt::LeftButton);
        QCOMPARE(asked.size(), 1);
    }

private:
    QPoint place(int row, int column) const { return m_map->cellPosition(row, column).toPoint(); }
    void click(int row, int column, Qt::KeyboardModifiers modifiers = {}) const
    {
        QTest::mouseClick(m_map.get(), Qt::LeftButton, modifiers, place(row, column));
    }
    /// Beside the mark.
    QColor colorAt(int row, int column) const
    {
        const QImage picture = m_map->grab().toImage();
        return picture.pixelColor(place(row, column) - QPoint(14, 0));
    }

    std::unique_ptr<HeatMap> m_map;
};

BITLOOM_WIDGET_TEST(HeatMapTest)
#include "tst_heat_map.moc"

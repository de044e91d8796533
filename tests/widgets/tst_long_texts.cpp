// SPDX-License-Identifier: GPL-3.0-or-later
// Texts longer than their place: none is cut without an ellipsis and a tool tip, none asks for more
// room than there is.
#include "tests/widgets/strict_main.h"
#include "widgets/base/compare_table.h"
#include "widgets/base/cut_texts.h"
#include "widgets/base/elided_combo.h"
#include "widgets/base/elided_label.h"
#include "widgets/base/scrolling_layout.h"
#include "widgets/base/wrapped_label.h"
#include "widgets/plots/lab_plot.h"

#include <QHeaderView>
#include <QHelpEvent>
#include <QScrollArea>
#include <QScrollBar>
#include <QToolTip>
#include <QVBoxLayout>

using namespace bitloom;

namespace {

const QString kName = QString("a_name_without_any_end_").repeated(10);

QString tipAt(QWidget* widget, const QPoint& place)
{
    QToolTip::hideText();
    QHelpEvent event(QEvent::ToolTip, place, widget->mapToGlobal(place));
    QApplication::sendEvent(widget, &event);
    return QToolTip::text();
}

} // namespace

class LongTexts : public QObject {
    Q_OBJECT

private slots:
    void init() { failOnWarnings(); }

    /// Nothing changes, so nothing is painted: neither whole nor cut, however it was measured.
    void labelsComeToRest_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<int>("height");
        QTest::newRow("whole") << QString("some words ").repeated(12) << 200;
        QTest::newRow("cut") << QString("some words ").repeated(12) << 30;
        QTest::newRow("long word") << kName << 200;
    }
    void labelsComeToRest()
    {
        QFETCH(QString, text);
        QFETCH(int, height);
        struct Paints : QObject {
            bool eventFilter(QObject*, QEvent* event) override
            {
                count += event->type() == QEvent::Paint ? 1 : 0;
                return false;
            }
            int count = 0;
        } paints;
        WrappedLabel label;
        label.setTextInteractionFlags(Qt::TextSelectableByMouse);
        label.setText(text);
        label.resize(200, height);
        label.show();
        QVERIFY(QTest::qWaitForWindowExposed(&label));
        label.heightForWidth(120);
        QTest::qWait(100);
        label.installEventFilter(&paints);
        label.update();
        QTest::qWait(200);
        QVERIFY2(paints.count >= 1 && paints.count <= 2, qPrintable(QString::number(paints.count)));
    }

    void labelsElideAndTell()
    {
        ElidedLabel label(nullptr, Qt::ElideMiddle);
        label.setText(kName);
        label.setToolTip("its own");
        label.resize(120, 20);
        label.show();
        QVERIFY(label.minimumSizeHint().width() < 60);
        QVERIFY(label.isCut());
        QVERIFY(label.shownText().startsWith("a_") && label.shownText().endsWith('_'));
        QVERIFY(label.shownText().contains(u'…'));
        QCOMPARE(tipAt(&label, {5, 5}), kName + "\nits own");
        label.setText("short");
        QVERIFY(!label.isCut());
        QCOMPARE(label.hint(), QStringLiteral("its own"));
        QVERIFY(label.sizeHint().width() <= label.width());
        QCOMPARE(label.text(), QStringLiteral("short"));
    }

    void labelsBreakWordsThatAreTooWide()
    {
        WrappedLabel label;
        label.setText("words and " + kName);
        QVERIFY(label.minimumSizeHint().width() < 120);
        QVERIFY(label.sizeHint().width() < 1000);
        const int high = label.heightForWidth(100);
        QVERIFY(high >= 10 * label.fontMetrics().height());
        QVERIFY(label.heightForWidth(400) < high);
        label.resize(100, high);
        label.show();
        // The last line is drawn, too, and nothing runs over the edge.
        const QImage picture = label.grab().toImage();
        const QColor ground = picture.pixelColor(0, 0);
        bool drawn = false;
        for (int x = 0; x < picture.width(); ++x)
            for (int y = high - label.fontMetrics().height(); y < high; ++y)
                drawn = drawn || picture.pixelColor(x, y) != ground;
        QVERIFY(drawn);
        label.setText("plain words that fit");
        QCOMPARE(label.heightForWidth(300), QLabel("x").sizeHint().height());
    }

    void listsElideAndTell()
    {
        ElidedCombo combo;
        combo.addItems({kName, "short"});
        combo.resize(combo.minimumSizeHint());
        combo.show();
        QVERIFY(combo.width() < 200);
        QVERIFY(combo.shownText().contains(u'…'));
        QCOMPARE(tipAt(&combo, {5, 5}), kName);
        combo.setCurrentIndex(1);
        combo.resize(200, combo.height());
        QCOMPARE(combo.shownText(), QStringLiteral("short"));
    }

    void cellsAndTitlesTell()
    {
        CompareTable table("table", "table", {kName, "b"});
        table.setRowCount(1);
        table.put(0, 0, kName);
        table.put(0, 1, "b");
        table.item(0, 0)->setToolTip("its own");
        table.resize(400, 120);
        table.show();
        const QModelIndex cell = table.model()->index(0, 0);
        QVERIFY(isCellCut(table, cell));
        QVERIFY(!isCellCut(table, cell.siblingAtColumn(1)));
        QCOMPARE(tipAt(table.viewport(), table.visualRect(cell).center()), kName + "\nits own");
        QHeaderView* header = table.horizontalHeader();
        QVERIFY(isSectionCut(*header, 0) && !isSectionCut(*header, 1));
        QCOMPARE(tipAt(header->viewport(), {10, 5}), kName);
    }

    void axesAndLegendsElideAndTell()
    {
        LabPlot plot;
        plot.setQuantity("predicted " + kName, "measured " + kName);
        plot.setDots({{0, 0, "a", 0.1, 0.2}, {1, 1, "b", 1, 2}}, {kName, kName + "2"}, true, {});
        plot.resize(320, 260);
        plot.show();
        QVERIFY(QTest::qWaitForWindowExposed(&plot));
        plot.replot();
        QVERIFY(plot.xAxis->label().contains(u'…'));
        QCOMPARE(plot.axisLabel(plot.xAxis), "predicted " + kName);
        QCOMPARE(plot.table().header.last(), "measured " + kName);
        QCOMPARE(tipAt(&plot, {plot.width() / 2, plot.height() - 4}), "predicted " + kName);
        QCOMPARE(tipAt(&plot, {4, plot.height() / 2}), "measured " + kName);
        QVERIFY(plot.legend->rect().right() <= plot.width());
        QVERIFY(plot.legend->rect().bottom() <= plot.axisRect()->top());
        QVERIFY(plot.axisRect()->height() > 100);
        const QPoint entry = plot.legend->item(0)->rect().center();
        QCOMPARE(tipAt(&plot, entry), kName);
    }

    void panelsScrollInsteadOfGrowing()
    {
        QWidget panel;
        QVBoxLayout* layout = scrollingLayout(&panel);
        auto* text = new WrappedLabel;
        text->setText(QString("words ").repeated(80) + kName);
        auto* plot = new LabPlot;
        layout->addWidget(text);
        layout->addWidget(plot, 1);
        QVERIFY(panel.minimumSizeHint().height() < 120);
        panel.resize(300, 140);
        panel.show();
        QVERIFY(QTest::qWaitForWindowExposed(&panel));
        const auto* area = panel.findChild<QScrollArea*>();
        QTRY_VERIFY(area->verticalScrollBar()->maximum() > 0);
        QCOMPARE(area->horizontalScrollBar()->maximum(), 0);
        QVERIFY(text->height() >= text->heightForWidth(text->width()));
        QVERIFY(plot->height() >= plot->minimumSizeHint().height());
        panel.resize(300, 900);
        QTRY_COMPARE(area->verticalScrollBar()->maximum(), 0);
    }
};

BITLOOM_WIDGET_TEST(LongTexts)
#include "tst_long_texts.moc"

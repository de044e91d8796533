// SPDX-License-Identifier: GPL-3.0-or-later
// What all plots share, shown on the two simple ones.
#include "tests/widgets/gallery.h"
#include "tests/widgets/strict_main.h"
#include "widgets/plots/channel_plot.h"
#include "widgets/plots/size_quality_plot.h"

#include <QAccessible>
#include <QDialog>
#include <QMenu>
#include <QSignalSpy>
#include <QTableWidget>
#include <QXmlStreamReader>

#include <memory>

using namespace bitloom;

class PlotsTest : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        failOnWarnings();
        m_plot = std::make_unique<SizeQualityPlot>();
        m_plot->resize(480, 320);
        m_plot->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_plot.get()));
        m_plot->setQuantity("KL", "KL, nats per token");
        m_plot->setStates({{10, "start", 1.0, 0.0, std::nullopt},
                           {11, "uniform", 0.5, 0.02, 0.021},
                           {12, "fit", 0.25, 0.05, std::nullopt},
                           {13, "unknown", 0.3, std::nullopt, std::nullopt}},
                          12);
        m_plot->replot();
    }
    void cleanup() { m_plot.reset(); }

    void wheelZoomsAtThePointer()
    {
        const QPointF at = m_plot->axisRect()->center() + QPoint(60, 20);
        const double x = m_plot->xAxis->pixelToCoord(at.x());
        const double size = m_plot->xAxis->range().size();
        QSignalSpy ranges(m_plot->xAxis, qOverload<const QCPRange&>(&QCPAxis::rangeChanged));
        QWheelEvent wheel(at, m_plot->mapToGlobal(at), {}, {0, 120}, Qt::NoButton, {},
                          Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(m_plot.get(), &wheel);
        QCOMPARE(ranges.size(), 1);
        QVERIFY(m_plot->xAxis->range().size() < size);
        QVERIFY(std::abs(m_plot->xAxis->pixelToCoord(at.x()) - x) < 1e-9);
    }

    void resetsByKeyAndDoubleClick()
    {
        const QCPRange all = m_plot->xAxis->range();
        m_plot->xAxis->setRange(0.4, 0.6);
        QTest::keyClick(m_plot.get(), Qt::Key_0, Qt::ControlModifier);
        QCOMPARE(m_plot->xAxis->range(), all);
        m_plot->xAxis->setRange(0.4, 0.6);
        QTest::mouseDClick(m_plot.get(), Qt::LeftButton, {}, QPoint(100, 100));
        QCOMPARE(m_plot->xAxis->range(), all);
        QTest::keyClick(m_plot.get(), Qt::Key_Plus);
        QVERIFY(m_plot->xAxis->range().size() < all.size());
    }

    void followsThePalette()
    {
        QVERIFY(!m_plot->style().dark);
        const QColor light = m_plot->style().quantized;
        m_plot->setPalette(darkPalette());
        QVERIFY(m_plot->style().dark);
        QVERIFY(m_plot->style().quantized != light);
        QCOMPARE(m_plot->xAxis->tickLabelColor(), darkPalette().color(QPalette::Text));
        m_plot->replot();
        QVERIFY(m_plot->toPixmap().toImage().pixelColor(2, 2).lightness() < 60);
        m_plot->setPalette(QPalette());
        QVERIFY(!m_plot->style().dark);
        QCOMPARE(m_plot->style().quantized, light);
    }

    void contrastIsEnough()
    {
        for (const QPalette& palette : {QApplication::palette(), darkPalette()}) {
            const PlotStyle style = PlotStyle::of(palette);
            for (const QColor& color : {style.original, style.quantized, style.activation,
                                        style.selected, style.muted, style.plain})
                QVERIFY2(contrast(color, style.background) >= 3, qPrintable(color.name()));
            QVERIFY(contrast(style.text, style.background) >= 7);
            for (int i = 0; i < kMostOverlays; ++i)
                QVERIFY(contrast(style.overlayPen(i).color(), style.background) >= 3);
        }
    }

    void theFrontIsDrawnAndListed()
    {
        QCOMPARE(m_plot->table().rows.size(), 4);
        const int before = m_plot->legend->itemCount();
        m_plot->setFront({{0.2, 0.06}, {0.3, 0.02}, {0.6, 0.001}});
        QCOMPARE(m_plot->legend->itemCount(), before + 1);
        QCOMPARE(m_plot->graph(0)->dataCount(), 3);
        QCOMPARE(m_plot->table().rows.size(), 7);
        QCOMPARE(m_plot->table().rows.last().at(1), QStringLiteral("0.600"));
        m_plot->setFront({});
        QCOMPARE(m_plot->legend->itemCount(), before);
        QCOMPARE(m_plot->table().rows.size(), 4);
    }

    void theBudgetIsDragged()
    {
        QSignalSpy dragged(m_plot.get(), &SizeQualityPlot::budgetDragged);
        QSignalSpy dropped(m_plot.get(), &SizeQualityPlot::budgetDropped);
        const int y = m_plot->axisRect()->top() + 30;
        const auto at = [&](double x) {
            return QPoint(static_cast<int>(m_plot->xAxis->coordToPixel(x)), y);
        };
        QTest::mousePress(m_plot.get(), Qt::LeftButton, {}, at(0.7)); // no line yet
        QTest::mouseMove(m_plot.get(), at(0.6));
        QTest::mouseRelease(m_plot.get(), Qt::LeftButton, {}, at(0.6));
        QCOMPARE(dragged.size() + dropped.size(), 0);
        m_plot->resetView();
        m_plot->setBudget(0.7);
        const QCPRange view = m_plot->xAxis->range();
        QTest::mousePress(m_plot.get(), Qt::LeftButton, {}, at(0.7));
        QTest::mouseMove(m_plot.get(), at(0.6));
        QTest::mouseRelease(m_plot.get(), Qt::LeftButton, {}, at(0.6));
        QCOMPARE(m_plot->xAxis->range(), view); // the line moved, not the view
        QCOMPARE(dropped.size(), 1);
        QVERIFY(!dragged.isEmpty());
        QVERIFY(std::abs(dropped[0][0].toDouble() - 0.6) < view.size() / 200);
        QTest::mousePress(m_plot.get(), Qt::LeftButton, {}, at(0.6));
        QTest::mouseMove(m_plot.get(), QPoint(5000, y));
        QVERIFY(dragged.last()[0].toDouble() <= view.upper);
        QTest::mouseRelease(m_plot.get(), Qt::LeftButton, {}, QPoint(5000, y));
    }

    void aClickOnTheBudgetIsNoDrag()
    {
        QSignalSpy dragged(m_plot.get(), &SizeQualityPlot::budgetDragged);
        QSignalSpy dropped(m_plot.get(), &SizeQualityPlot::budgetDropped);
        m_plot->setBudget(0.7);
        const QPoint line(static_cast<int>(m_plot->xAxis->coordToPixel(0.7)),
                          m_plot->axisRect()->top() + 30);
        click(line);
        QTest::mouseDClick(m_plot.get(), Qt::LeftButton, {}, line);
        QTest::mousePress(m_plot.get(), Qt::LeftButton, {}, line);
        QTest::mouseMove(m_plot.get(), line + QPoint(3, 0));
        QTest::mouseRelease(m_plot.get(), Qt::LeftButton, {}, line + QPoint(3, 0));
        QCOMPARE(dragged.size() + dropped.size(), 0);
    }

    void theBudgetStandsBesideStatesOnly()
    {
        QSignalSpy dropped(m_plot.get(), &SizeQualityPlot::budgetDropped);
        m_plot->setBudget(0.7);
        QVERIFY(m_plot->item(0)->visible() && m_plot->item(1)->visible());
        m_plot->setStates({}, -1);
        QVERIFY(!m_plot->item(0)->visible() && !m_plot->item(1)->visible());
        m_plot->setBudget(0.6);
        QVERIFY(!m_plot->item(0)->visible());
        const QPoint line(static_cast<int>(m_plot->xAxis->coordToPixel(0.6)),
                          m_plot->axisRect()->top() + 30);
        QTest::mousePress(m_plot.get(), Qt::LeftButton, {}, line);
        QTest::mouseMove(m_plot.get(), line + QPoint(30, 0));
        QTest::mouseRelease(m_plot.get(), Qt::LeftButton, {}, line + QPoint(30, 0));
        QVERIFY(dropped.isEmpty());
        m_plot->setStates({{1, "only", 2.0, 0.0, std::nullopt}}, 1);
        QVERIFY(m_plot->item(0)->visible());
    }

    void axesHoldTheBudgetAndTheFront()
    {
        m_plot->setBudget(3);
        QVERIFY(m_plot->xAxis->range().contains(3));
        m_plot->setFront({{0.1, 0.5}, {0.6, 0.001}});
        QVERIFY(m_plot->xAxis->range().contains(0.1));
        m_plot->xAxis->setRange(0.4, 0.6);
        m_plot->resetView();
        QVERIFY(m_plot->xAxis->range().contains(3) && m_plot->xAxis->range().contains(0.1));
        QVERIFY(m_plot->yAxis->range().upper < 0.1); // of what was visited
    }

    void isKnownToScreenReaders()
    {
        QAccessibleInterface* plot = QAccessible::queryAccessibleInterface(m_plot.get());
        QVERIFY(plot);
        QCOMPARE(plot->text(QAccessible::Name),
                 QStringLiteral("Size against quality of the states visited"));
        QCOMPARE(plot->text(QAccessible::Description),
                 QStringLiteral("4 states visited; now fit: 0.25 MiB, predicted KL 0.0500."));
    }

    void exportsInEveryFormat()
    {
        QSignalSpy exported(m_plot.get(), &PlotBase::exportRequested);
        QContextMenuEvent ask(QContextMenuEvent::Mouse, QPoint(50, 50),
                              m_plot->mapToGlobal(QPoint(50, 50)));
        QCoreApplication::sendEvent(m_plot.get(), &ask);
        auto* menu = m_plot->findChild<QMenu*>("sizeQualityMenu");
        QVERIFY(menu);
        for (QAction* action : menu->actions())
            if (action->text().startsWith("Export"))
                action->trigger();
        menu->close();
        QCOMPARE(exported.size(), 4);
        QCOMPARE(exported[0][0].toString(), QStringLiteral("sizeQuality.png"));
        QImage picture;
        QVERIFY(picture.loadFromData(exported[0][1].toByteArray(), "PNG"));
        QCOMPARE(picture.size(), m_plot->size() * 2);
        QXmlStreamReader svg(exported[1][1].toByteArray());
        while (!svg.atEnd())
            svg.readNext();
        QVERIFY(!svg.hasError());
        QVERIFY(exported[1][1].toByteArray().contains("file size (MiB)"));
        QVERIFY(exported[2][1].toByteArray().startsWith("%PDF-"));
        QVERIFY(exported[3][1].toByteArray().contains("uniform,0.500,0.02,0.021,\r\n"));
        QVERIFY(m_plot->rendered("bmp").isEmpty());
    }

    void showsItsNumbersAsATable()
    {
        m_plot->showTable();
        auto* dialog = m_plot->window()->findChild<QDialog*>("tableDialog");
        QVERIFY(dialog && dialog->isVisible() && !dialog->isModal());
        QCOMPARE(dialog->findChild<QTableWidget*>()->item(1, 0)->text(), QStringLiteral("uniform"));
        dialog->close();
    }

    void oldStateIsChosenByClick()
    {
        QSignalSpy chosen(m_plot.get(), &SizeQualityPlot::stateChosen);
        click(*m_plot->dotPosition(11));
        QCOMPARE(chosen.size(), 1);
        QCOMPARE(chosen[0][0].toInt(), 11);
        click(*m_plot->dotPosition(12)); // is the current one
        click(*m_plot->dotPosition(11) + QPointF(30, -30));
        QCOMPARE(chosen.size(), 1);
        QVERIFY(!m_plot->dotPosition(13)); // has no figure yet
    }

    void oldStateIsChosenByKeys()
    {
        QSignalSpy chosen(m_plot.get(), &SizeQualityPlot::stateChosen);
        QTest::keyClick(m_plot.get(), Qt::Key_Right); // from 12, by size
        QCOMPARE(m_plot->summary(),
                 QStringLiteral("uniform: 0.50 MiB, predicted KL 0.0200, measured KL 0.0210"));
        QTest::keyClick(m_plot.get(), Qt::Key_Return);
        QCOMPARE(chosen.size(), 1);
        QCOMPARE(chosen[0][0].toInt(), 11);
    }

    void axesHoldAllStates()
    {
        for (const int id : {10, 11, 12})
            QVERIFY(m_plot->axisRect()->rect().contains(m_plot->dotPosition(id)->toPoint()));
        m_plot->setStates({{1, "only", 2.0, 0.0, std::nullopt}}, 1);
        QVERIFY(m_plot->axisRect()->rect().contains(m_plot->dotPosition(1)->toPoint()));
        m_plot->setStates({}, -1);
        QVERIFY(m_plot->emptyText().startsWith("Analyse"));
    }

    void channelsKeepEveryExtreme()
    {
        ChannelPlot plot("channels", "Ranges of the channels");
        QVERIFY(plot.emptyText().startsWith("Select a layer"));
        ChannelRanges ranges{"input channel", "activation", QList<double>(100000, -1),
                             QList<double>(100000, 1)};
        ranges.maximum[77777] = 50;
        plot.setRanges(ranges);
        bool found = false;
        const QCPRange values = plot.graph(1)->data()->valueRange(found);
        QVERIFY(found && plot.graph(1)->dataCount() <= 2048);
        QCOMPARE(values.upper, 50.0);
        QCOMPARE(plot.summary(),
                 QStringLiteral("input channel, 100000 channels, values from -1 to 50."));
        QCOMPARE(plot.table().rows.size(), 100000);
    }

private:
    void click(const QPointF& at) const
    {
        QTest::mouseClick(m_plot.get(), Qt::LeftButton, {}, at.toPoint());
    }

    /// Ratio of relative luminances (WCAG 2.1).
    static double contrast(const QColor& a, const QColor& b)
    {
        const auto luminance = [](const QColor& color) {
            const auto linear = [](double c) {
                return c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
            };
            return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) +
                   0.0722 * linear(color.blueF());
        };
        const double one = luminance(a) + 0.05;
        const double two = luminance(b) + 0.05;
        return std::max(one, two) / std::min(one, two);
    }

    std::unique_ptr<SizeQualityPlot> m_plot;
};

BITLOOM_WIDGET_TEST(PlotsTest)
#include "tst_plots.moc"

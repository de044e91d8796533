// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/widgets/fake_histogram.h"
#include "tests/widgets/strict_main.h"
#include "widgets/plots/histogram_canvas.h"
#include "widgets/plots/histogram_plot.h"
#include "widgets/plots/histogram_shapes.h"

#include <QDoubleSpinBox>
#include <QLabel>
#include <QSignalSpy>
#include <QToolButton>

#include <memory>
#include <numeric>

using namespace bitloom;

class HistogramPlotTest : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        failOnWarnings();
        m_plot = std::make_unique<HistogramPlot>();
        m_plot->resize(640, 420);
        m_plot->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_plot.get()));
    }
    void cleanup() { m_plot.reset(); }

    void levelsFollowTheOutline()
    {
        const HistogramLayer layer = bellLayer("a", 0.3, 17);
        const HistogramBins spread = spreadLevels(layer.quantized);
        QCOMPARE(occupiedCount(layer.quantized), 17);
        const int peak = 255; // the middle level
        QVERIFY(spread.counts[peak] > 0);
        QVERIFY(std::abs(spread.counts[peak] / layer.original.counts[peak] - 1) < 0.05);
        QVERIFY(layer.quantized.counts[peak] > 20 * layer.original.counts[peak]);
    }

    void densityHasIntegralOne()
    {
        const HistogramBins scaled = density(bellLayer("a").original);
        const double sum = std::accumulate(scaled.counts.begin(), scaled.counts.end(), 0.0);
        QVERIFY(std::abs(sum * binWidth(scaled) - 1) < 1e-9);
    }

    void bandLiesBetweenLeastAndGreatest()
    {
        const HistogramBins narrow = bellLayer("a", 0.05).original;
        const HistogramBins middle = bellLayer("b", 0.1).original;
        const HistogramBins wide = bellLayer("c", 0.3).original;
        const HistogramBand band = densityBand({&narrow, &middle, &wide}, {-1, 1}, 64);
        QCOMPARE(band.greatest.counts[32], density(narrow).counts[260]);
        QVERIFY(band.least.counts[32] < band.median.counts[32]);
        QVERIFY(band.median.counts[32] < band.greatest.counts[32]);
        QVERIFY(band.greatest.counts[8] > 0 && band.least.counts[8] == 0);
    }

    void emptyState()
    {
        QCOMPARE(canvas()->graphCount(), 0);
        QVERIFY(canvas()->emptyText().contains("Select a layer"));
        QCOMPARE(canvas()->summary(), canvas()->emptyText());
        QVERIFY(!spin("clipLow")->isVisible());
        m_plot->setEmptyText("Nothing here.");
        QCOMPARE(canvas()->emptyText(), QStringLiteral("Nothing here."));
    }

    void oneLayerHasOriginalAndLevels()
    {
        m_plot->setLayers({bellLayer("blk.0.q")});
        QCOMPARE(canvas()->graphCount(), 2);
        QVERIFY(canvas()->graph(0)->brush() != Qt::NoBrush);
        QVERIFY(canvas()->graph(0)->pen().color() != canvas()->graph(1)->pen().color());
        QVERIFY(canvas()->graph(0)->pen().style() != canvas()->graph(1)->pen().style());
        QCOMPARE(canvas()->graph(1)->lineStyle(), QCPGraph::lsImpulse);
        QCOMPARE(canvas()->summary(),
                 QStringLiteral("Weights of blk.0.q from −1.000 to 1.000, with the "
                                "quantized levels over them."));
        QVERIFY(canvas()->emptyText().isEmpty());
        m_plot->setLayers({bellLayer("blk.0.q", 0.3, 200)});
        QCOMPARE(canvas()->graph(1)->lineStyle(), QCPGraph::lsStepLeft); // too many for stems
        QVERIFY(!canvas()->graph(1)->scatterStyle().isNone());
    }

    void severalOverlayAndManyMakeABand()
    {
        QList<HistogramLayer> layers;
        for (int i = 0; i < kMostOverlays; ++i)
            layers.append(bellLayer(QString::number(i)));
        m_plot->setLayers(layers);
        QCOMPARE(canvas()->graphCount(), kMostOverlays);
        QCOMPARE(canvas()->legend->itemCount(), kMostOverlays);
        layers.append(bellLayer("one more"));
        m_plot->setLayers(layers);
        QCOMPARE(canvas()->graphCount(), 3);
        QCOMPARE(label("histogramTitle"), QStringLiteral("Histogram of 7 layers"));
        QVERIFY(!spin("clipLow")->isVisible());
    }

    void handlesAreDraggedByMouse()
    {
        QSignalSpy moved(m_plot.get(), &HistogramPlot::clipMoved);
        QSignalSpy released(m_plot.get(), &HistogramPlot::clipReleased);
        m_plot->setClipEditable(true);
        m_plot->setLayers({bellLayer("a")});
        canvas()->replot();
        const QPoint high = canvas()->handlePosition(true).toPoint();
        drag(high, {int(canvas()->xAxis->coordToPixel(0.5)), high.y()});
        QVERIFY(moved.size() >= 2);
        QCOMPARE(released.size(), 1);
        QCOMPARE(released.at(0).at(0).toDouble(), -1.0);
        QVERIFY(std::abs(released.at(0).at(1).toDouble() - 0.5) < 0.01);
        QVERIFY(m_plot->clip().has_value());
        QVERIFY(std::abs(spin("clipHigh")->value() - 0.5) < 0.01);

        const QPoint low = canvas()->handlePosition(false).toPoint();
        drag(low, {int(canvas()->xAxis->coordToPixel(0.9)), low.y()}); // not past the other one
        QVERIFY(m_plot->clip()->low < m_plot->clip()->high);
        QCOMPARE(canvas()->xAxis->range().lower, -1.06); // dragging a handle does not pan
    }

    void handlesAreFixedUnlessEditable()
    {
        QSignalSpy moved(m_plot.get(), &HistogramPlot::clipMoved);
        m_plot->setLayers({bellLayer("a")});
        m_plot->setClip(ClipRange{-0.5, 0.5});
        canvas()->replot();
        const QPoint high = canvas()->handlePosition(true).toPoint();
        drag(high, high - QPoint(40, 0));
        QCOMPARE(moved.size(), 0);
        QVERIFY(!spin("clipLow")->isEnabled());
    }

    void boundsAreTyped()
    {
        QSignalSpy moved(m_plot.get(), &HistogramPlot::clipMoved);
        QSignalSpy released(m_plot.get(), &HistogramPlot::clipReleased);
        m_plot->setClipEditable(true);
        m_plot->setLayers({bellLayer("a")});
        QDoubleSpinBox* low = spin("clipLow");
        low->setFocus();
        low->selectAll();
        QTest::keyClicks(low, "-0.25");
        QTest::keyClick(low, Qt::Key_Return);
        QCOMPARE(moved.size(), 1);
        QCOMPARE(released.size(), 1);
        QCOMPARE(released.at(0).at(0).toDouble(), -0.25);
        QCOMPARE(m_plot->clip(), (ClipRange{-0.25, 1}));
        QTest::keyClick(low, Qt::Key_Up); // a step counts as let go after a pause
        QCOMPARE(released.size(), 1);
        QTRY_COMPARE(released.size(), 2);
        QVERIFY(released.at(1).at(0).toDouble() > -0.25);
    }

    void whatWasTypedIsNotLostToTheNextLayer()
    {
        QSignalSpy released(m_plot.get(), &HistogramPlot::clipReleased);
        m_plot->setClipEditable(true);
        m_plot->setLayers({bellLayer("a")});
        spin("clipLow")->stepUp();
        m_plot->setLayers({bellLayer("b")});
        QCOMPARE(released.size(), 1);
        QVERIFY(!m_plot->clip());
    }

    void clipIsRemoved()
    {
        QSignalSpy removed(m_plot.get(), &HistogramPlot::clipRemoved);
        m_plot->setClipEditable(true);
        m_plot->setLayers({bellLayer("a")});
        auto* button = m_plot->findChild<QToolButton*>("clipRemove");
        QVERIFY(!button->isEnabled());
        m_plot->setClip(ClipRange{-0.5, 0.5});
        QTest::mouseClick(button, Qt::LeftButton);
        QCOMPARE(removed.size(), 1);
    }

    void logScaleAndOutlierZoom()
    {
        m_plot->setLayers({bellLayer("a", 0.05)});
        press("histogramLog");
        QCOMPARE(canvas()->yAxis->scaleType(), QCPAxis::stLogarithmic);
        QVERIFY(canvas()->yAxis->range().lower > 0);
        press("histogramSigma");
        QVERIFY(std::abs(canvas()->xAxis->range().upper - 0.3) < 0.03);
        press("histogramSigma");
        QVERIFY(canvas()->xAxis->range().upper > 1);
        press("histogramLog");
        QCOMPARE(canvas()->yAxis->range().lower, 0.0);
    }

    void inputReplacesTheWeights()
    {
        HistogramLayer layer = bellLayer("a");
        m_plot->setLayers({layer});
        QVERIFY(!m_plot->findChild<QToolButton*>("histogramInput")->isEnabled());
        layer.activation = {-8, 12, QList<double>(512, 3)};
        m_plot->setLayers({layer});
        press("histogramInput");
        QCOMPARE(canvas()->graphCount(), 1);
        QCOMPARE(canvas()->extent(), (ClipRange{-8, 12}));
        QVERIFY(canvas()->summary().startsWith("Inputs of a"));
        m_plot->setLayers({bellLayer("b")}); // none measured: back to the weights
        QCOMPARE(canvas()->extent(), (ClipRange{-1, 1}));
    }

    void constantLayerIsNoTrouble()
    {
        HistogramLayer layer;
        layer.name = "constant";
        layer.original = {1, 1, QList<double>(512, 0)};
        m_plot->setClipEditable(true);
        m_plot->setLayers({layer});
        QVERIFY(!canvas()->emptyText().isEmpty());
        press("histogramLog");
        press("histogramLog");
    }

    void captionIsShown()
    {
        m_plot->setCaption("relative error 2.1 %");
        QCOMPARE(label("histogramCaption"), QStringLiteral("relative error 2.1 %"));
    }

    void tableHasThePlainCounts()
    {
        const HistogramLayer layer = bellLayer("a");
        m_plot->setLayers({layer});
        const TextTable table = canvas()->table();
        QCOMPARE(table.rows.size(), 512);
        QCOMPARE(table.rows[255][3].toDouble(), layer.original.counts[255]);
        QCOMPARE(table.rows[255][4].toDouble(), layer.quantized.counts[255]);
    }

private:
    HistogramCanvas* canvas() const { return m_plot->canvas(); }
    QDoubleSpinBox* spin(const char* name) const
    {
        return m_plot->findChild<QDoubleSpinBox*>(name);
    }
    QString label(const char* name) const { return m_plot->findChild<QLabel*>(name)->text(); }
    void press(const char* name) const
    {
        QTest::mouseClick(m_plot->findChild<QToolButton*>(name), Qt::LeftButton);
    }
    void drag(const QPoint& from, const QPoint& to) const
    {
        QTest::mousePress(canvas(), Qt::LeftButton, {}, from);
        for (int step = 1; step <= 4; ++step) {
            const QPointF at = from + (to - from) * step / 4.0;
            QMouseEvent move(QEvent::MouseMove, at, canvas()->mapToGlobal(at), Qt::NoButton,
                             Qt::LeftButton, {});
            QCoreApplication::sendEvent(canvas(), &move);
        }
        QTest::mouseRelease(canvas(), Qt::LeftButton, {}, to);
    }

    std::unique_ptr<HistogramPlot> m_plot;
};

BITLOOM_WIDGET_TEST(HistogramPlotTest)
#include "tst_histogram_plot.moc"

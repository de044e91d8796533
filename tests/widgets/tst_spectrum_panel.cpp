// SPDX-License-Identifier: GPL-3.0-or-later
// The density of the Hessian's eigenvalues: asked for, drawn on a logarithmic axis, told.
#include "tests/widgets/gallery.h"
#include "tests/widgets/strict_main.h"

#include <QComboBox>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>

using namespace bitloom;

class SpectrumPanelTest : public QObject {
    Q_OBJECT

private slots:
    void init() { failOnWarnings(); }

    void measuresOnRequestOnly()
    {
        SpectrumPanel panel;
        panel.show();
        QSignalSpy asked(&panel, &SpectrumPanel::measureRequested);
        auto* button = panel.findChild<QPushButton*>("spectrumMeasure");
        panel.setState(false, "Open a model first.");
        QTest::mouseClick(button, Qt::LeftButton);
        QCOMPARE(asked.size(), 0);
        panel.setState(true, "Takes a minute.");
        QTest::mouseClick(button, Qt::LeftButton);
        QCOMPARE(asked.size(), 1);
        QCOMPARE(panel.findChild<QLabel*>("spectrumState")->text(), QString("Takes a minute."));
    }

    void scopeAndLossAreChosen()
    {
        SpectrumPanel panel;
        panel.show();
        auto* loss = panel.findChild<QComboBox*>("spectrumLoss");
        panel.setLosses({"KL to the original"});
        QVERIFY(!loss->isVisible()); // nothing to choose
        panel.setLosses({"KL to the original", "cross-entropy of the text"});
        QVERIFY(loss->isVisible());
        QSignalSpy asked(&panel, &SpectrumPanel::asked);
        QVERIFY(panel.ofSelection());
        QTest::keyClick(panel.findChild<QComboBox*>("spectrumScope"), Qt::Key_Down);
        QVERIFY(!panel.ofSelection());
        QTest::keyClick(loss, Qt::Key_Down);
        QCOMPARE(panel.loss(), 1);
        QCOMPARE(asked.size(), 2);
    }

    /// However low the plot, no number of the axis stands on another.
    void numbersHaveRoom()
    {
        SpectrumPlot plot;
        plot.show();
        Spectrum spectrum;
        for (int i = 0; i < 50; ++i)
            spectrum.curve.append({i / 50.0, std::pow(10.0, 8 - 0.2 * i)});
        spectrum.floor = 0.1;
        plot.setSpectrum(spectrum);
        const auto apart = [&](int height) {
            plot.resize(300, height);
            plot.replot(); // the first lays it out
            plot.replot();
            return plot.yAxis->ticker().dynamicCast<QCPAxisTickerLog>()->logBase();
        };
        QCOMPARE(apart(600), 10.0);
        QVERIFY(apart(110) >= 1000);
        const QCPRange range = plot.yAxis->range();
        QVERIFY(std::pow(range.upper / range.lower, 1 / 1.6) >= apart(60)); // else evenly spaced
        QCOMPARE(apart(600), 10.0);
    }

    void drawsBothSignsDownToTheFloor()
    {
        const std::unique_ptr<SpectrumPanel> panel(static_cast<SpectrumPanel*>(exhibitSpectrum()));
        SpectrumPlot* plot = panel->plot();
        QVERIFY(plot->xAxis->range().lower < 0 && plot->xAxis->range().upper > 0.15);
        QCOMPARE(plot->yAxis->scaleType(), QCPAxis::stLogarithmic);
        QCOMPARE(plot->yAxis->range().lower, 1.0);
        for (const QCPGraphData& point : *plot->graph(0)->data())
            QVERIFY(point.value >= 1);
        QCOMPARE(plot->itemCount(), 1); // the other edge lies outside
        QVERIFY(plot->summary().contains("carry half"));
        QCOMPARE(plot->table().rows.size(), 301);
        plot->setSpectrum({{}, 0, {}, "Nothing yet."});
        QCOMPARE(plot->emptyText(), QString("Nothing yet."));
        QCOMPARE(plot->itemCount(), 0);
    }
};

BITLOOM_WIDGET_TEST(SpectrumPanelTest)
#include "tst_spectrum_panel.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers in one form for one kind, with digits of one width; what a budget may be; and what the
// plot of sizes says of the budget and of the best recipes.
#include "tests/widgets/strict_main.h"
#include "widgets/base/figures.h"
#include "widgets/base/tabular.h"
#include "widgets/panels/evaluation_panel.h"
#include "widgets/plots/size_quality_plot.h"
#include "widgets/window/budget_bar.h"
#include "widgets/window/budget_spin.h"

#include <QFontMetricsF>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>

#include <limits>

using namespace bitloom;

namespace {

void type(BudgetSpin* box, const QString& text)
{
    box->setFocus();
    box->selectAll();
    QTest::keyClicks(box, text);
    QTest::keyClick(box, Qt::Key_Return);
}

/// "best found" of the plot's table: size and loss.
QStringList bestOf(const SizeQualityPlot& plot)
{
    QStringList rows;
    const TextTable table = plot.table();
    for (const QStringList& row : table.rows)
        if (row[0] == "best found")
            rows.append(row[1] + ' ' + row[2]);
    return rows;
}

QStringList legendOf(const SizeQualityPlot& plot)
{
    QStringList names;
    for (int i = 0; i < plot.legend->itemCount(); ++i)
        names.append(
            qobject_cast<QCPPlottableLegendItem*>(plot.legend->item(i))->plottable()->name());
    return names;
}

} // namespace

class FiguresTest : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        failOnWarnings();
        QLocale::setDefault(QLocale::c());
    }

    void figuresArePlainDecimals_data()
    {
        QTest::addColumn<double>("value");
        QTest::addColumn<QString>("text");
        QTest::newRow("zero") << 0.0 << "0";
        QTest::newRow("small") << 0.00632 << "0.00632";
        QTest::newRow("smaller") << 2.1e-6 << "0.0000021";
        QTest::newRow("too small") << 1e-9 << "<0.0000001";
        QTest::newRow("one") << 1.0 << "1.00";
        QTest::newRow("rounds up") << 0.9996 << "1.00";
        QTest::newRow("hundreds") << 123.4 << "123";
        QTest::newRow("large") << 12345.6 << "12346";
        QTest::newRow("negative") << -0.031 << "−0.0310";
        QTest::newRow("infinite") << std::numeric_limits<double>::infinity() << "∞";
        QTest::newRow("no number") << std::numeric_limits<double>::quiet_NaN() << "NaN";
    }
    void figuresArePlainDecimals()
    {
        QFETCH(double, value);
        QFETCH(QString, text);
        QCOMPARE(plainFigure(value), text);
    }

    void neighboursHaveTheSameDecimals()
    {
        QCOMPARE(plainFigureWithError(0.00632, 0.00031), QString("0.00632 ± 0.00031"));
        QCOMPARE(plainFigureWithError(0.5, 0.00012), QString("0.5000 ± 0.0001"));
        QCOMPARE(signedFigure(0.0013), QString("+0.00130"));
        QCOMPARE(signedFigure(-0.0013), QString("−0.00130"));
    }

    void digitsAreOfOneWidth()
    {
        const QFontMetricsF metrics(tabular(QApplication::font()));
        for (const char16_t digit : u"123456789")
            if (digit != 0)
                QCOMPARE(metrics.horizontalAdvance(QChar(digit)), metrics.horizontalAdvance(u'0'));
    }

    void aBudgetThatCannotBeSaysWhatCan()
    {
        BudgetBar bar;
        bar.show();
        bar.setRelation(1'200'000, 60'000);
        bar.setRange(6.938, 16, "with rows of 172");
        bar.setFitEnabled(true);
        auto* bits = bar.findChild<BudgetSpin*>("budgetBits");
        QVERIFY(bits->toolTip().contains("6.94 bits to 16.00 bits"));
        QVERIFY(bits->toolTip().contains("with rows of 172"));
        QSignalSpy refused(&bar, &BudgetBar::refused);
        type(bits, "3");
        QCOMPARE(refused.size(), 1);
        QCOMPARE(refused.last()[0].toString(),
                 QString("3 bits are not possible: the least possible with rows of 172 is 6.94 "
                         "bits."));
        QCOMPARE(bits->value(), 6.938);
        QCOMPARE(bits->text(), QString("6.938 bits"));
        QSignalSpy fit(&bar, &BudgetBar::fitRequested);
        bar.requestFit(); // by the same key
        QCOMPARE(fit.size(), 0);
        QCoreApplication::processEvents();
        bar.requestFit();
        QCOMPARE(fit.size(), 1);
        type(bits, "6.94"); // what was said to be possible is
        QCOMPARE(refused.size(), 1);
        QCOMPARE(bits->value(), 6.94);
        QCOMPARE(bits->text(), QString("6.94 bits"));
        type(bits, "20"); // keys beyond the range are not swallowed
        QCOMPARE(refused.size(), 2);
        QVERIFY(refused.last()[0].toString().contains("most possible is 16.00 bits"));
        QCOMPARE(bits->value(), 16.0);
        auto* mebibytes = bar.findChild<BudgetSpin*>("budgetMebibytes");
        type(mebibytes, "0.1");
        QCOMPARE(refused.size(), 3);
        QVERIFY(refused.last()[0].toString().contains("MiB"));
        type(bits, "abc");
        QCOMPARE(refused.size(), 3);
    }

    /// The press on Fit ends the editing; only a click that comes after the refusal fits.
    void aClickDoesNotFitWhatItRefused()
    {
        BudgetBar bar;
        bar.setRelation(1'200'000, 60'000);
        bar.setRange(3, 16);
        bar.setFitEnabled(true);
        bar.show();
        QVERIFY(QTest::qWaitForWindowActive(&bar));
        auto* bits = bar.findChild<BudgetSpin*>("budgetBits");
        auto* button = bar.findChild<QPushButton*>("budgetFit");
        QSignalSpy refused(&bar, &BudgetBar::refused);
        QSignalSpy fit(&bar, &BudgetBar::fitRequested);
        const auto click = [&] {
            QTest::mousePress(button, Qt::LeftButton);
            QCoreApplication::processEvents(); // as between a hand's press and release
            QTest::mouseRelease(button, Qt::LeftButton);
            QCoreApplication::processEvents();
        };
        for (const Qt::FocusPolicy policy : {Qt::StrongFocus, Qt::TabFocus}) {
            button->setFocusPolicy(policy); // not everywhere does a click take the focus
            refused.clear();
            fit.clear();
            bits->setFocus();
            bits->selectAll();
            QTest::keyClicks(bits, "2");
            click();
            QCOMPARE(refused.size(), 1);
            QCOMPARE(fit.size(), 0);
            click();
            QCOMPARE(refused.size(), 1);
            QCOMPARE(fit.size(), 1);
            QCOMPARE(bar.bits(), 3.0);
        }
    }

    void tinySizesAreSaidWithTheirPlaces()
    {
        BudgetBar bar;
        bar.setRelation(2'000, 100);
        bar.setRange(2, 16);
        auto* mebibytes = bar.findChild<BudgetSpin*>("budgetMebibytes");
        QVERIFY(mebibytes->maximum() < 0.005);
        QSignalSpy refused(&bar, &BudgetBar::refused);
        type(mebibytes, "5");
        QCOMPARE(refused.size(), 1);
        const QString most = mebibytes->textFromValue(mebibytes->maximum());
        QVERIFY(refused[0][0].toString().contains("the most possible is " + most));
        bar.setMebibytes(0.002);
        QCOMPARE(bar.sizeText(), QString("0.002 MiB"));
    }

    void theSizeIsSaidAsItWasPut()
    {
        BudgetBar bar;
        bar.setRelation(8 * 1024 * 1024, 2 * 1024 * 1024);
        bar.setRange(2, 16);
        bar.setBits(4.5);
        QCOMPARE(bar.sizeText(), QString("4.50 bits"));
        bar.setMebibytes(8);
        QCOMPARE(bar.sizeText(), QString("8.00 MiB"));
        bar.setLimits(BudgetBar::Memory);
        QVERIFY(bar.sizeText().isEmpty());
    }

    /// The current recipe is never better than "best found" without a mark.
    void theBestLineKnowsTheCurrentState()
    {
        SizeQualityPlot plot;
        plot.setFront({{1.0, 0.4}, {2.0, 0.2}, {3.0, 0.1}});
        const VisitedState worse{1, "worse", 2.0, 0.3, {}};
        const VisitedState better{2, "better", 2.0, 0.12, {}};
        const VisitedState measured{3, "measured", 2.5, 0.3, 0.05};
        plot.setStates({worse, better, measured}, 1);
        QCOMPARE(bestOf(plot), (QStringList{"1.000 0.4", "2.000 0.2", "3.000 0.1"}));
        plot.setStates({worse, better, measured}, 2);
        QCOMPARE(bestOf(plot), (QStringList{"1.000 0.4", "2.000 0.12", "3.000 0.1"}));
        QVERIFY(!legendOf(plot).join(' ').contains("measured better"));
        plot.setStates({worse, better, measured}, 3);
        QCOMPARE(bestOf(plot).size(), 3);
        QVERIFY(legendOf(plot).join(' ').contains("measured better"));
        plot.setFront({});
        QVERIFY(bestOf(plot).isEmpty());
        QVERIFY(!legendOf(plot).join(' ').contains("best found"));
        QVERIFY(!legendOf(plot).join(' ').contains("measured better"));
    }

    void figuresBeforeTheLastChangeAreGrey()
    {
        EvaluationPanel panel;
        const auto label = [&] { return panel.findChild<QLabel*>("measuredKl"); };
        panel.setRows({{"measuredKl", "Measured KL", "0.00632", "Mean over the text", true}});
        QVERIFY(!label()->isEnabled());
        QVERIFY(label()->toolTip().startsWith("Before the last change."));
        panel.setRows({{"measuredKl", "Measured KL", "0.00632", "Mean over the text", false}});
        QVERIFY(label()->isEnabled());
        QCOMPARE(label()->toolTip(), QString("Mean over the text"));
        panel.setRows({{"measuredKl", "Measured KL", "0.00632", "Of another text", false}});
        QCOMPARE(label()->whatsThis(), QString("Of another text"));
    }
};

BITLOOM_WIDGET_TEST(FiguresTest)
#include "tst_figures.moc"

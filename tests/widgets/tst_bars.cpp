// SPDX-License-Identifier: GPL-3.0-or-later
// The budget bar, the message bar and the job bar.
#include "tests/widgets/gallery.h"
#include "tests/widgets/strict_main.h"
#include "widgets/base/elided_label.h"
#include "widgets/window/budget_bar.h"
#include "widgets/window/job_bar.h"
#include "widgets/window/message_bar.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QToolButton>

using namespace bitloom;

namespace {

template <class Child>
Child* child(const QWidget& widget, const char* name)
{
    return widget.findChild<Child*>(name);
}

} // namespace

class BarsTest : public QObject {
    Q_OBJECT

private slots:
    void init() { failOnWarnings(); }

    void bitsAndMebibytesFollowEachOther()
    {
        BudgetBar bar;
        bar.setRelation(8 * 1024 * 1024, 2 * 1024 * 1024); // 1 MiB per bit, 2 MiB besides
        bar.setRange(2, 16);
        bar.setFitEnabled(true);
        auto* bits = child<QDoubleSpinBox>(bar, "budgetBits");
        auto* mebibytes = child<QDoubleSpinBox>(bar, "budgetMebibytes");
        bar.setBits(4.5);
        QCOMPARE(mebibytes->value(), 6.5);
        QCOMPARE(bar.bytes(), qint64(6.5 * 1024 * 1024));
        mebibytes->setValue(8);
        QCOMPARE(bits->value(), 6.0);
        QCOMPARE(bar.bits(), 6.0);
        bits->setValue(100); // not more than the schemes hold
        QCOMPARE(bits->value(), 16.0);
        QCOMPARE(mebibytes->value(), 18.0);
        QCOMPARE(mebibytes->minimum(), 4.0);
    }

    void aResultThatDoesNotFitSaysSo()
    {
        QWidget toolbar; // as a window of its own, the bar would not be narrower than its result
        BudgetBar bar(&toolbar);
        bar.setResult("now 4.90 bits, predicted KL 0.0030");
        toolbar.show();
        auto* result = dynamic_cast<ElidedLabel*>(child<QLabel>(bar, "budgetResult"));
        bar.resize(bar.wholeWidth(), bar.height()); // the lists need less than they take
        QCOMPARE(result->shownText(), result->text());
        bar.resize(bar.minimumSizeHint().width() + 60, bar.height());
        QTRY_VERIFY(result->width() < 100);
        QVERIFY(result->shownText().endsWith(u'…'));
        QCOMPARE(result->text(), QString("now 4.90 bits, predicted KL 0.0030"));
        QCOMPARE(result->toolTip(), result->text());
    }

    void fitSaysWhichOneCounts()
    {
        BudgetBar bar;
        QSignalSpy fit(&bar, &BudgetBar::fitRequested);
        auto* button = child<QPushButton>(bar, "budgetFit");
        QVERIFY(!button->isEnabled() && !button->toolTip().isEmpty());
        bar.setRelation(1'200'000, 60'001);
        bar.setRange(2.5, 16);
        bar.setFitEnabled(true);
        bar.setBits(4.5);
        QTest::mouseClick(button, Qt::LeftButton);
        QCOMPARE(fit.size(), 1);
        QCOMPARE(bar.bits(), 4.5);
        QCOMPARE(bar.bytes(), 1'200'000 * 9 / 16 + 60'001);
        QVERIFY(!bar.byBytes());
        auto* mebibytes = child<QDoubleSpinBox>(bar, "budgetMebibytes");
        mebibytes->stepUp();
        QTest::mouseClick(button, Qt::LeftButton);
        QCOMPARE(fit.size(), 2);
        QVERIFY(bar.byBytes());
        QCOMPARE(bar.bytes(), qint64(std::floor(mebibytes->value() * 1024 * 1024)));
    }

    /// The place of the budget is told whenever it changes, also when a limit kept it.
    void theBudgetIsPutFromOutside()
    {
        BudgetBar bar;
        bar.setRelation(1'200'000, 60'001);
        bar.setRange(2.5, 16);
        bar.setFitEnabled(true);
        QSignalSpy changed(&bar, &BudgetBar::budgetChanged);
        QSignalSpy fit(&bar, &BudgetBar::fitRequested);
        bar.setMebibytes(1);
        QCOMPARE(changed.size(), 1);
        QVERIFY(std::abs(changed.last()[0].toDouble() - 1) < 0.01);
        QVERIFY(std::abs(bar.bits() - (1024 * 1024 - 60'001) * 8.0 / 1'200'000) < 0.05);
        bar.setMebibytes(1000);
        const double most = changed.last()[0].toDouble();
        QCOMPARE(bar.bits(), 16.0);
        bar.setMebibytes(2000);
        QCOMPARE(changed.size(), 3);
        QCOMPARE(changed.last()[0].toDouble(), most);
        bar.setBits(4.5);
        QCOMPARE(changed.last()[0].toDouble(), bar.mebibytes());
        bar.requestFit();
        QCOMPARE(fit.size(), 1);
        bar.setFitEnabled(false);
        bar.requestFit();
        QCOMPARE(fit.size(), 1);
    }

    /// Only what belongs to the budgets that count is there.
    void otherBudgetsTakeTheirPlace()
    {
        BudgetBar bar;
        bar.show();
        bar.setRelation(1'200'000, 60'001);
        bar.setRange(2.5, 16);
        bar.setPositions(128, 2048);
        const auto shown = [&](const char* name) {
            return child<QWidget>(bar, name)->isVisibleTo(&bar);
        };
        QVERIFY(bar.limits() == BudgetBar::Size);
        QVERIFY(shown("budgetBits") && shown("budgetMebibytes"));
        QVERIFY(!shown("budgetMemory") && !shown("budgetPositions") &&
                !shown("budgetMilliseconds"));
        QSignalSpy changed(&bar, &BudgetBar::limitsChanged);
        child<QComboBox>(bar, "budgetKind")->setCurrentIndex(1);
        QCOMPARE(changed.size(), 1);
        QVERIFY(bar.limits() == BudgetBar::Memory);
        QVERIFY(!shown("budgetBits") && shown("budgetMemory") && shown("budgetPositions"));
        bar.setMemoryBytes(3'000'001);
        QVERIFY(bar.memoryBytes() >= 3'000'001 && bar.memoryBytes() < 3'001'100);
        child<QSpinBox>(bar, "budgetPositions")->setValue(5000);
        QCOMPARE(bar.positions(), 2048);
        QCOMPARE(changed.size(), 2);
        bar.setLimits(BudgetBar::Size | BudgetBar::Time);
        QVERIFY(shown("budgetBits") && shown("budgetMilliseconds") && !shown("budgetMemory"));
        child<QDoubleSpinBox>(bar, "budgetMilliseconds")->setValue(2.5);
        QCOMPARE(bar.milliseconds(), 2.5);
        bar.setLimits(BudgetBar::Time);
        bar.setMebibytes(0.5); // who drags the size means the size
        QVERIFY(bar.limits() == BudgetBar::Size);
    }

    void tinyModelsShowEnoughPlaces()
    {
        BudgetBar bar;
        bar.setRelation(250'000, 8'000);
        bar.setRange(2, 16);
        bar.setBits(4.0);
        const double before = child<QDoubleSpinBox>(bar, "budgetMebibytes")->value();
        bar.setBits(4.01);
        QVERIFY(child<QDoubleSpinBox>(bar, "budgetMebibytes")->value() > before);
    }

    void newestMessageIsShownAndOlderOnesWait()
    {
        MessageBar bar;
        QVERIFY(bar.isHidden());
        bar.post(MessageBar::Warning, "First.");
        bar.post(MessageBar::Error, "Second.");
        bar.post(MessageBar::Warning, "First."); // said again: newest, kept once
        QCOMPARE(bar.count(), 2);
        QCOMPARE(bar.text(), QStringLiteral("First."));
        QCOMPARE(child<QToolButton>(bar, "messageMore")->text(), QStringLiteral("1 more"));
        QTest::mouseClick(child<QToolButton>(bar, "messageDismiss"), Qt::LeftButton);
        QCOMPARE(child<QLabel>(bar, "messageText")->text(), QStringLiteral("Second."));
        QTest::keyClick(&bar, Qt::Key_Escape);
        QVERIFY(bar.isHidden());
        QCOMPARE(bar.text(), QString());
        bar.dismiss();
    }

    void messageActionRunsOnce()
    {
        MessageBar bar;
        int undone = 0;
        bar.post(MessageBar::Info, "Fitted.", "Undo", [&undone] { ++undone; });
        QTest::mouseClick(child<QPushButton>(bar, "messageAction"), Qt::LeftButton);
        QCOMPARE(undone, 1);
        QCOMPARE(bar.count(), 0);
    }

    void messagesAreReadWithTheirKind()
    {
        MessageBar bar;
        bar.post(MessageBar::Error, "config.json is no JSON.");
        QCOMPARE(child<QLabel>(bar, "messageText")->accessibleName(),
                 QStringLiteral("Error: config.json is no JSON."));
    }

    void messageTextIsNeverMarkup()
    {
        MessageBar bar;
        bar.post(MessageBar::Error, "<b>file</b> is broken.");
        QCOMPARE(child<QLabel>(bar, "messageText")->textFormat(), Qt::PlainText);
    }

    void jobShowsAndStops()
    {
        JobBar bar;
        QSignalSpy cancel(&bar, &JobBar::cancelRequested);
        QVERIFY(bar.isHidden());
        bar.setJob("Sensitivity: window 7 of 12", 0.583, "2 waiting");
        QVERIFY(!bar.isHidden());
        QCOMPARE(child<QProgressBar>(bar, "jobProgress")->value(), 583);
        QCOMPARE(child<QLabel>(bar, "jobText")->text(),
                 QStringLiteral("Sensitivity: window 7 of 12 (2 waiting)"));
        QTest::mouseClick(child<QToolButton>(bar, "jobCancel"), Qt::LeftButton);
        QCOMPARE(cancel.size(), 1);
        bar.setJob("Reading", -1);
        QCOMPARE(child<QProgressBar>(bar, "jobProgress")->maximum(), 0); // busy
        bar.setIdle();
        QVERIFY(bar.isHidden());
    }
};

BITLOOM_WIDGET_TEST(BarsTest)
#include "tst_bars.moc"

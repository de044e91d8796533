// SPDX-License-Identifier: GPL-3.0-or-later
// The metric lab in the window: measured on request, shown in a table, linked with the selection.
#include "app/words/widget_headers.h"
#include "core/analyze/fisher/activation_metrics.h"
#include "core/analyze/sensitivity/sensitivities.h"
#include "tests/app/app_fixture.h"
#include "tests/app/window_driver.h"
#include "tests/test_data.h"

#include <QComboBox>
#include <QTableWidget>

using namespace bitloom;

class TestLabWindow : public QObject, private WindowDriver {
    Q_OBJECT

private Q_SLOTS:
    void measuresAndSelects();
    void cleanupTestCase() { window.reset(); }

private:
    void openSmallModel();

    AppFixture m_fixture;
};

void TestLabWindow::openSmallModel()
{
    QSignalSpy opened(&session(), &Session::opened);
    session().open(QString::fromStdString(testData()) + "/models/stories260K/hf");
    QTRY_COMPARE_WITH_TIMEOUT(opened.size(), 1, 20000);
    QTRY_VERIFY_WITH_TIMEOUT(isIdle(), 60000);
}

void TestLabWindow::measuresAndSelects()
{
    BITLOOM_REQUIRE_TEST_DATA();
    AnalysisSettings settings;
    settings.context = 32;
    settings.calibrationWindows = 3;
    show(settings);
    auto* button = find<QAbstractButton>("labMeasure");
    QVERIFY(!button->isEnabled());
    openSmallModel();
    QVERIFY(button->isEnabled());
    auto* scores = find<QTableWidget>("labScores");
    QCOMPARE(scores->rowCount(), 0);

    window->dock("lab")->raise();
    click("labMeasure");
    QTRY_VERIFY_WITH_TIMEOUT(isIdle(), 240000);
    QCOMPARE(scores->rowCount(),
             static_cast<int>(sensitivities().size()) - 1); // the measured KL itself
    auto* plot = find<LabPlot>("labPlot");
    const auto slots = quantizableSlots(session());
    QCOMPARE(plot->table().rows.size(), 3 * slots.size()); // 2, 3 and 4 bits
    QVERIFY(QLocale().toDouble(scores->item(0, 1)->text()) > 0.9);
    const QString first = plot->xAxis->label();
    scores->selectRow(1);
    QVERIFY(plot->xAxis->label() != first);

    QTest::mouseClick(plot, Qt::LeftButton, {}, plot->dotPosition(0)->toPoint());
    const QString label = plot->table().rows[0][0];
    QCOMPARE(window->context().selectedSlots(),
             QList<int>{slotNamed(session(), qPrintable(label))});

    // Values that are quantized, beside them.
    auto* subject = find<QComboBox>("labSubject");
    subject->setCurrentIndex(1);
    QCOMPARE(scores->rowCount(), 0);
    click("labMeasure");
    QTRY_VERIFY_WITH_TIMEOUT(isIdle(), 240000);
    QCOMPARE(scores->rowCount(), static_cast<int>(activationMetrics().size()));
    QVERIFY(QLocale().toDouble(scores->item(0, 1)->text()) > 0.9);
    const auto rows = plot->table().rows;
    const Graph& graph = session().model().graph;
    const QString norm = "blocks.0.attention.norm";
    const auto seen = std::ranges::find_if(rows, [&](const auto& row) { return row[0] == norm; });
    QVERIFY(seen != rows.end());
    QTest::mouseClick(plot, Qt::LeftButton, {}, plot->dotPosition(seen - rows.begin())->toPoint());
    QVERIFY(!window->context().selectedSlots().isEmpty());
    for (const int slot : window->context().selectedSlots()) // q, k and v see it
        QCOMPARE(quantizableInput(graph, slot), graph.findValue(norm.toStdString()));
    subject->setCurrentIndex(0);
    QCOMPARE(scores->rowCount(), static_cast<int>(sensitivities().size()) - 1);

    openSmallModel(); // opened anew: the figures are gone
    QCOMPARE(scores->rowCount(), 0);
    QCOMPARE(AppFixture::takeWarnings(), QStringList());
}

QTEST_MAIN(TestLabWindow)
#include "tst_lab_window.moc"

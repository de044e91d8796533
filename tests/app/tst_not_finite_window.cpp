// SPDX-License-Identifier: GPL-3.0-or-later
// A model with numbers that are not: the window counts them, names the first where it is asked to
// compute, and goes on.
#include "app/words/widget_headers.h"
#include "tests/app/app_fixture.h"
#include "tests/app/window_driver.h"
#include "tests/core/network/tiny_models.h"
#include "tests/patch_tensor.h"

#include <QTableWidget>

#include <limits>

using namespace bitloom;

class TestNotFiniteWindow : public QObject, private WindowDriver {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanup() { QCOMPARE(AppFixture::takeWarnings(), QStringList()); }
    void cleanupTestCase() { window.reset(); }

    void numbersAreCounted();
    void analysingNamesTheWeight();
    void aSchemeForItDoesNotCrash();

private:
    QString statistic(const QString& quantity) const;

    AppFixture m_fixture;
    QTemporaryDir m_folder;
};

void TestNotFiniteWindow::initTestCase()
{
    const std::string path = m_folder.path().toStdString();
    tinyModel(*findArchitecture("llama")).write(path);
    const std::string file = path + "/model.safetensors";
    const char* tensor = "model.layers.0.self_attn.q_proj.weight";
    patchTensor(file, tensor, 30, std::numeric_limits<float>::quiet_NaN());
    patchTensor(file, tensor, 80, std::numeric_limits<float>::infinity());
    patchTensor(file, tensor, 81, -std::numeric_limits<float>::infinity());
    AnalysisSettings settings;
    settings.context = 16;
    settings.calibrationWindows = 2;
    show(settings);
    window->context().background.setOn(false);
    QSignalSpy opened(&session(), &Session::opened);
    session().open(m_folder.path());
    QTRY_COMPARE_WITH_TIMEOUT(opened.size(), 1, 20000);
    TRY_IDLE();
}

QString TestNotFiniteWindow::statistic(const QString& quantity) const
{
    const auto* table = find<QTableWidget>("statisticsTable");
    for (int row = 0; row < table->rowCount(); ++row)
        if (table->item(row, 0)->text() == quantity)
            return table->item(row, 1)->text();
    return {};
}

void TestNotFiniteWindow::numbersAreCounted()
{
    clickRow("model.layers.0.self_attn.q_proj");
    QTRY_VERIFY_WITH_TIMEOUT(text("histogramCaption").contains("NaN"), 20000);
    QVERIFY2(text("histogramCaption").startsWith("1 NaN left out · 2 infinite left out · "),
             qPrintable(text("histogramCaption")));
    TRY_IDLE();
    QTRY_COMPARE(statistic("NaN"), QString("1"));
    QCOMPARE(statistic("Infinite"), QString("2"));
    const auto found = window->context().measurements.statistics(
        slotNamed(session(), "model.layers.0.self_attn.q_proj"));
    QVERIFY(found);
    for (const auto* range :
         {&found->rowMinimum, &found->rowMaximum, &found->columnMinimum, &found->columnMaximum})
        QVERIFY(std::ranges::all_of(*range, [](float value) { return std::abs(value) < 2; }));
}

void TestNotFiniteWindow::analysingNamesTheWeight()
{
    window->context().analysis.analyse();
    QTRY_VERIFY_WITH_TIMEOUT(
        text("messageText")
            .contains("Tensor model.layers.0.self_attn.q_proj.weight, row 1, column 6 is nan"),
        60000);
    TRY_IDLE();
    QVERIFY(!window->context().measurements.hasSensitivity());
}

void TestNotFiniteWindow::aSchemeForItDoesNotCrash()
{
    session().setTarget("safetensors");
    session().setScheme({slotNamed(session(), "model.layers.0.self_attn.q_proj")}, "int4-g32-sym");
    TRY_IDLE();
    QVERIFY(text("histogramCaption").contains("NaN"));
}

QTEST_MAIN(TestNotFiniteWindow)
#include "tst_not_finite_window.moc"

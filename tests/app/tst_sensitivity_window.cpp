// SPDX-License-Identifier: GPL-3.0-or-later
// What the window tells of sensitivity beside the analysis: other metrics, the heat map, the
// spectrum; what two recipes differ in, and why a layer has what it has. The cases build on each
// other.
#include "app/panels/spectrum_feed.h"
#include "app/panels/why.h"
#include "app/words/widget_headers.h"
#include "core/analyze/sensitivity/sensitivities.h"
#include "tests/app/app_fixture.h"
#include "tests/app/window_driver.h"
#include "tests/test_data.h"

#include <QComboBox>
#include <QFile>
#include <QTableWidget>
#include <QTreeView>

using namespace bitloom;

class TestSensitivityWindow : public QObject, private WindowDriver {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanup();
    void cleanupTestCase() { window.reset(); }

    void offersEveryMetricThatApplies();
    void anotherMetricIsMeasuredWhenChosen();
    void metricsWithoutAUnitSaySo();
    void whatIsMeasuredIsKeptWhenStopped();
    void fillsTheHeatMapInSight();
    void theHeatMapSelectsAndEdits();
    void stoppedTheHeatMapGoesOn();
    void saysWhatTheSpectrumMeans();
    void measuresTheSpectrumOfALayer();
    void saysWhy();
    void comparesRecipes();
    void takesChoicesInOneStep();
    void comparesFiles();

private:
    void undo() { QTest::keyClick(window.get(), Qt::Key_Z, Qt::ControlModifier); }
    void takePictures(const QString& name) const;
    void raise(const char* panel) { window->dock(panel)->raise(); }
    void chooseMetric(const char* id);
    void chooseRecipe(const char* combo, const QString& title);
    const Measurements& measurements() const { return window->context().measurements; }
    PlotBase* bars() const { return find<PlotBase>("sensitivity"); }
    double bar(int at) const { return bars()->table().rows[at][2].toDouble(); }
    HeatMap* map() const { return find<HeatMap>("heatMap"); }
    int slot(const char* name) const { return slotNamed(session(), name); }
    QString scheme(const char* name) const
    {
        return QString::fromStdString(session().choice(slot(name)).scheme);
    }
    int rowOf(const char* name) const;

    AppFixture m_fixture;
    const char* const m_down = "model.layers.1.mlp.down_proj";
};

void TestSensitivityWindow::initTestCase()
{
    showSample();
    QTest::keyClick(window.get(), Qt::Key_F5);
    TRY_IDLE();
    QTRY_VERIFY(measurements().hasSensitivity());
}

void TestSensitivityWindow::cleanup()
{
    TRY_IDLE();
    QCOMPARE(AppFixture::takeWarnings(), QStringList());
}

void TestSensitivityWindow::chooseMetric(const char* id)
{
    auto* combo = find<QComboBox>("sensitivityMetric");
    combo->setCurrentIndex(combo->findData(id));
    Q_EMIT combo->activated(combo->currentIndex());
}

void TestSensitivityWindow::chooseRecipe(const char* combo, const QString& title)
{
    auto* recipes = find<QComboBox>(combo);
    const int row = recipes->findText(title, Qt::MatchStartsWith);
    QVERIFY2(row >= 0, qPrintable(title));
    recipes->setCurrentIndex(row);
    Q_EMIT recipes->activated(row);
}

/// With BITLOOM_SHOT_DIR set, leaves pictures of the window there, in two sizes, light and dark.
void TestSensitivityWindow::takePictures(const QString& name) const
{
    const QString folder = qEnvironmentVariable("BITLOOM_SHOT_DIR");
    if (folder.isEmpty())
        return;
    const QSize before = window->size();
    for (const QSize size : {QSize(1280, 800), QSize(1600, 1000)})
        for (const char* theme : {"dark", "light"}) {
            applyTheme(theme);
            window->resize(size);
            QTest::qWait(400); // plots are drawn when there is time
            QVERIFY(window->grab().save(
                QString("%1/%2_%3_%4.png").arg(folder, name).arg(size.width()).arg(theme)));
        }
    window->resize(before);
}

int TestSensitivityWindow::rowOf(const char* name) const
{
    const QList<HeatRow>& rows = map()->rows();
    const auto found = std::find_if(rows.begin(), rows.end(), [&](const HeatRow& row) {
        return row.id == slotNamed(session(), name);
    });
    return static_cast<int>(found - rows.begin());
}

void TestSensitivityWindow::offersEveryMetricThatApplies()
{
    const auto* combo = find<QComboBox>("sensitivityMetric");
    QCOMPARE(combo->count(), static_cast<int>(sensitivities().size()));
    QCOMPARE(combo->currentData().toString(), QString("fisher-inputs"));
    QTRY_VERIFY(bars()->summary().contains("29 of 29 bars known"));
    QVERIFY(bars()->summary().startsWith("KL, nats per token"));
}

/// The tree keeps showing what everything else goes by.
void TestSensitivityWindow::anotherMetricIsMeasuredWhenChosen()
{
    const double before = bar(3);
    const QString column = row(m_down).siblingAtColumn(SensitivityColumn).data().toString();
    chooseMetric("kronecker");
    QVERIFY(measurements().metricDamage(slot(m_down)) == std::nullopt);
    TRY_IDLE();
    QTRY_VERIFY(bars()->summary().contains("29 of 29 bars known"));
    takePictures("metric");
    QVERIFY(bar(3) != before);
    QVERIFY(bar(3) > before / 3 && bar(3) < before * 3);
    const QString shown = text("sensitivitySubtitle");
    QVERIFY2(shown.contains("K-FAC") && shown.contains("4 windows of 32 tokens of calibration.txt"),
             qPrintable(shown));
    QCOMPARE(row(m_down).siblingAtColumn(SensitivityColumn).data().toString(), column);
    chooseMetric("fisher-inputs");
    QTRY_COMPARE(bar(3), before);
    QVERIFY(text("sensitivitySubtitle").contains("Fisher information"));
}

void TestSensitivityWindow::metricsWithoutAUnitSaySo()
{
    chooseMetric("weight-error");
    TRY_IDLE();
    QTRY_VERIFY(bars()->summary().startsWith("weight error, no unit: 29 of 29"));
    const QString shown = text("sensitivitySubtitle");
    QVERIFY2(shown.contains("of the weights alone") && shown.contains("only tells which layer"),
             qPrintable(shown));
}

/// What was measured until Esc stays, and is told to be a part.
void TestSensitivityWindow::whatIsMeasuredIsKeptWhenStopped()
{
    chooseMetric("measured");
    QTRY_VERIFY_WITH_TIMEOUT(measurements().metricDamage(slot("model.embed_tokens")), 60000);
    QTest::keyClick(window.get(), Qt::Key_Escape);
    TRY_IDLE();
    QVERIFY(measurements().metricDamage(slot("model.embed_tokens")));
    QVERIFY(!measurements().metricDamage(slot("model.layers.3.mlp.down_proj")));
    QVERIFY2(text("sensitivitySubtitle").contains("Stopped before the last layer"),
             qPrintable(text("sensitivitySubtitle")));
    chooseMetric("fisher-inputs");
    QTRY_VERIFY(bars()->summary().startsWith("KL, nats per token: 29 of 29"));
}

/// Hidden it does nothing; in sight it fills, with what the present method would do.
void TestSensitivityWindow::fillsTheHeatMapInSight()
{
    QVERIFY(map()->rows().isEmpty()); // behind another tab
    raise("heatMap");
    QTRY_COMPARE(map()->rows().size(), 29);
    TRY_IDLE();
    QTRY_VERIFY2(map()->summary().contains("203 of 203 cells known"), qPrintable(map()->summary()));
    const HeatRow row = map()->rows()[rowOf(m_down)];
    QCOMPARE(row.cells[2].what, QString("q4_k"));
    for (int column = 0; column + 1 < row.cells.size(); ++column)
        QVERIFY(*row.cells[column].value > *row.cells[column + 1].value);
    QCOMPARE(row.cells[6].mark, HeatCell::Mark::Same); // as stored
    QCOMPARE(*row.cells[6].value, 0.0);
    takePictures("heat_map");
}

void TestSensitivityWindow::theHeatMapSelectsAndEdits()
{
    const int at = rowOf(m_down);
    map()->replot();
    QTest::mouseClick(map(), Qt::LeftButton, {}, map()->cellPosition(at, 1).toPoint());
    QCOMPARE(window->context().selectedSlots(), QList<int>{slot(m_down)});
    QVERIFY(map()->rows()[at].selected);
    const double promised = *map()->rows()[at].cells[1].value;
    QTest::keyClick(map(), Qt::Key_Return);
    QCOMPARE(scheme(m_down), QString("q3_k"));
    QTRY_COMPARE(map()->rows()[at].cells[1].mark, HeatCell::Mark::Same);
    TRY_IDLE();
    QTRY_VERIFY(measurements().error(slot(m_down)));
    QCOMPARE(measurements().error(slot(m_down))->damage, promised);
    clickRow("model.layers.0.mlp.up_proj");
    QVERIFY(map()->rows()[rowOf("model.layers.0.mlp.up_proj")].selected);
    session().setScheme({slot(m_down)}, "q4_0");
    QTRY_COMPARE(map()->rows()[at].cells[2].mark, HeatCell::Mark::Like);
    undo();
    undo();
    QCOMPARE(scheme(m_down), QString());
}

void TestSensitivityWindow::stoppedTheHeatMapGoesOn()
{
    const QList<int> all = quantizableSlots(session());
    session().setMethod(all, "nearest"); // other damages
    QTRY_VERIFY(session().jobs().isRunning("heatMap"));
    session().jobs().cancelAll();
    TRY_IDLE();
    auto* resume = find<QAbstractButton>("heatMapResume");
    QTRY_VERIFY(resume->isVisible());
    QVERIFY(!map()->summary().contains("203 of 203"));
    click("heatMapResume");
    TRY_IDLE();
    QTRY_VERIFY2(map()->summary().contains("203 of 203"), qPrintable(map()->summary()));
    QVERIFY(!resume->isVisible());
    undo();
    raise("compare");
    TRY_IDLE();
}

void TestSensitivityWindow::saysWhatTheSpectrumMeans()
{
    SpectralDensity density;
    density.dimension = 1000;
    density.starts = {{{-0.5, 0.0, 4, 9}, {0.002, 0.995, 0.002, 0.001}}};
    QCOMPARE(SpectrumFeed::meaning(density),
             QString("about 1.0 of 1,000 directions carry half of the curvature, with eigenvalues "
                     "of 9.000 and more; all others lie between −0.5000 and 4.000. 5.6 % of it is "
                     "negative."));
}

void TestSensitivityWindow::measuresTheSpectrumOfALayer()
{
    raise("spectrum");
    window->context().select({});
    QVERIFY(!find<QAbstractButton>("spectrumMeasure")->isEnabled());
    const char* const key = "model.layers.1.self_attn.k_proj";
    window->context().select({slot(key)});
    click("spectrumMeasure");
    QVERIFY(session().jobs().isRunning("density"));
    QTRY_VERIFY_WITH_TIMEOUT(isIdle(), 600000);
    const QString shown = text("spectrumState");
    QVERIFY2(shown.startsWith(QString(key) + ": about"), qPrintable(shown));
    QVERIFY2(shown.contains(" ± ") && shown.contains("of 32,768 directions carry half"),
             qPrintable(shown));
    QVERIFY2(shown.contains("From 4 random starts") && shown.contains("KL to the original, over 4 "
                                                                      "windows of 32 tokens of "
                                                                      "calibration.txt"),
             qPrintable(shown));
    QVERIFY2(!shown.contains("negative"), qPrintable(shown)); // a Fisher information never is
    QVERIFY(find<SpectrumPlot>("spectrum")->table().rows.size() > 100);
    takePictures("spectrum");
    raise("errors");
}

void TestSensitivityWindow::saysWhy()
{
    ApplicationContext& context = window->context();
    QVERIFY(whyOf(context, slot(m_down)).reason.contains("kept as the checkpoint stores it"));
    askForFit(5);
    TRY_IDLE();
    QTRY_VERIFY(!session().changedByFit().isEmpty());
    clickRow(m_down);
    QTest::keyClick(window.get(), Qt::Key_F8);
    QTRY_VERIFY(window->findChild<WhyPopover*>());
    auto* popover = window->findChild<WhyPopover*>();
    QVERIFY(popover->isVisible());
    if (const QString folder = qEnvironmentVariable("BITLOOM_SHOT_DIR"); !folder.isEmpty())
        QVERIFY(popover->grab().save(folder + "/why.png"));
    const QString said = popover->accessibleDescription();
    QVERIFY2(said.startsWith(QString(m_down) + ": The fit chose " + scheme(m_down)),
             qPrintable(said));
    const auto* steps = popover->findChild<QTableWidget*>("whySteps");
    QCOMPARE(steps->rowCount(), 3);
    QCOMPARE(steps->item(0, 0)->text(), QString("one step up"));
    QVERIFY(steps->item(0, 2)->text().startsWith('+') && steps->item(1, 2)->text().startsWith("−"));
    const auto rate = [&](int step) { return QLocale().toDouble(steps->item(step, 4)->text()); };
    QVERIFY(rate(0) <= rate(2) && rate(2) <= rate(1)); // the price lies between the two
    QTest::keyClick(popover, Qt::Key_Escape);
    QTRY_VERIFY(!window->findChild<WhyPopover*>());
    QTRY_VERIFY(window->isActiveWindow());
    QVERIFY(find<QTreeView>("layerTree")->hasFocus()); // as before
    session().setScheme({slot(m_down)}, "q8_0");
    QVERIFY(whyOf(context, slot(m_down)).reason.contains("set by hand"));
    undo();
}

/// The fit beside what it started from: the differences add up to what was predicted.
void TestSensitivityWindow::comparesRecipes()
{
    raise("recipes");
    auto* table = find<QTableWidget>("recipeDiffTable");
    QTRY_COMPARE(table->rowCount(), 29);
    QCOMPARE(find<QComboBox>("recipeA")->currentText(), QString("as stored"));
    QCOMPARE(find<QComboBox>("recipeB")->currentText(), QString("current"));
    QTRY_VERIFY2(text("recipeDiffSummary").startsWith("29 layers differ. A: 7.08 MiB, 16.00 bits"),
                 qPrintable(text("recipeDiffSummary")));
    QVERIFY(find<QAbstractButton>("takeB") && !find<QAbstractButton>("takeB")->isEnabled());
    const auto* recipes = find<QComboBox>("recipeA"); // states of the size/quality plot, too
    QTRY_VERIFY(recipes->findText("Fit to 5", Qt::MatchStartsWith) > 0 ||
                recipes->findText("Fit to 4", Qt::MatchStartsWith) > 0);
    session().setScheme({slot(m_down)}, "q2_k");
    chooseRecipe("recipeA", "Fit to");
    QTRY_COMPARE(table->rowCount(), 1);
    QVERIFY(table->item(0, 2)->text().startsWith("q2_k"));
    QVERIFY(table->item(0, 3)->text().startsWith("−"));
    QTRY_VERIFY(table->item(0, 4)->text().startsWith('+'));
    chooseRecipe("recipeA", "as stored");
    QTRY_COMPARE(table->rowCount(), 29);
    takePictures("recipes");
}

void TestSensitivityWindow::takesChoicesInOneStep()
{
    const Recipe before = session().recipe();
    const int steps = session().undoStack().count();
    chooseRecipe("recipeA", "as stored");
    auto* table = find<QTableWidget>("recipeDiffTable");
    QTRY_COMPARE(table->rowCount(), 29);
    QTRY_VERIFY(!session().jobs().isRunning("compareRecipes"));
    const QString second = "model.layers.0.mlp.up_proj";
    window->context().select({slot(m_down), slot(qPrintable(second))});
    QCOMPARE(table->selectionModel()->selectedRows().size(), 2);
    click("takeA");
    QCOMPARE(session().undoStack().count(), steps + 1);
    QCOMPARE(scheme(m_down), QString());
    QCOMPARE(scheme(qPrintable(second)), QString());
    QTRY_COMPARE(table->rowCount(), 27);
    undo();
    QVERIFY(session().recipe() == before);
}

void TestSensitivityWindow::comparesFiles()
{
    const QString path = m_fixture.folder() + "/other.json";
    Recipe other = session().recipe();
    other.slots["model.layers.2.mlp.up_proj"].scheme = "q8_0";
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QByteArray::fromStdString(other.toJson()));
    file.close();
    chooseRecipe("recipeA", "From a file");
    QTRY_VERIFY(window->findChild<QFileDialog*>());
    auto* dialog = window->findChild<QFileDialog*>();
    Q_EMIT dialog->fileSelected(path);
    dialog->close();
    auto* table = find<QTableWidget>("recipeDiffTable");
    QTRY_COMPARE(find<QComboBox>("recipeA")->currentText(), QString("other.json"));
    QTRY_COMPARE(table->rowCount(), 1);
    QCOMPARE(table->item(0, 1)->text(), QString("q8_0"));
}

int main(int argc, char** argv)
{
    QStandardPaths::setTestModeEnabled(true);
    QApplication application(argc, argv);
    QApplication::setStyle("Fusion");
    initWidgetResources();
    TestSensitivityWindow test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_sensitivity_window.moc"

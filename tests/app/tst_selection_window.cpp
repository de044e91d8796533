// SPDX-License-Identifier: GPL-3.0-or-later
// What a selection of many layers shows and offers: matrices are compared with matrices, the row
// menu sets schemes and methods, filtering and sorting leave it as it is.
#include "app/panels/selection_statistics.h"
#include "app/words/widget_headers.h"
#include "tests/app/app_fixture.h"
#include "tests/app/window_driver.h"

#include <QHeaderView>
#include <QLineEdit>
#include <QMenu>

using namespace bitloom;

class TestSelectionWindow : public QObject, private WindowDriver {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanup() { QCOMPARE(AppFixture::takeWarnings(), QStringList()); }
    void cleanupTestCase() { window.reset(); }

    void aBlockComparesLikeWithLike();
    void normsAloneAreShown();
    void theRowMenuSetsSchemesAndMethods();
    void filterAndOrderKeepTheSelection();

private:
    void clickBlock(int block) const;
    QSet<QString> drawnLayers() const;

    AppFixture m_fixture;
};

void TestSelectionWindow::initTestCase()
{
    show({});
    openSample(session());
    TRY_IDLE();
}

void TestSelectionWindow::clickBlock(int block) const
{
    auto* view = find<QTreeView>("layerTree");
    const QModelIndex group = view->model()->index(block + 1, 0); // after the embeddings
    QCOMPARE(group.data().toString(), QString("block %1").arg(block));
    view->scrollTo(group);
    QTest::mouseClick(view->viewport(), Qt::LeftButton, {}, view->visualRect(group).center());
}

QSet<QString> TestSelectionWindow::drawnLayers() const
{
    QSet<QString> names;
    const TextTable table = find<HistogramPlot>("histogramPanel")->canvas()->table();
    for (const QStringList& row : table.rows)
        names.insert(row.first());
    return names;
}

void TestSelectionWindow::aBlockComparesLikeWithLike()
{
    clickBlock(0);
    QCOMPARE(window->context().selectedSlots().size(), 9);
    QCOMPARE(window->context().selectedAlike().size(), 7);
    TRY_IDLE();
    QTRY_COMPARE(drawnLayers().size(), 7);
    for (const QString& name : drawnLayers())
        QVERIFY2(!name.contains("norm"), qPrintable(name));
    QCOMPARE(text("histogramCaption"), QString("7 layers; without norms and biases (2)"));
    QCOMPARE(text("selectedCount"), QString("7 selected:"));
    QCOMPARE(text("selectedRest"), QString("2 more kept as stored: norms, biases"));

    const SelectionStatistics shown = selectionStatistics(window->context());
    QCOMPARE(shown.title, QString("7 layers together; without norms and biases (2)"));
    QTRY_COMPARE(text("statisticsTitle"), shown.title);
    qint64 weights = 0;
    for (const int slot : window->context().selectedQuantizable())
        weights += window->context().layers.indexOf(slot).data(WeightsRole).toLongLong();
    QVERIFY(shown.rows.contains({"Parameters", QLocale().toString(weights)}));
    // Norms lie near one, matrices near zero: beside each other they would say nothing.
    const auto greatest = std::find_if(shown.rows.begin(), shown.rows.end(),
                                       [](const auto& row) { return row.first == "Maximum"; });
    QVERIFY(greatest != shown.rows.end());
    double most = 0;
    for (const int slot : window->context().selectedAlike())
        most = std::max(most, window->context().measurements.statistics(slot)->moments.maximum);
    QVERIFY(std::abs(QLocale().toDouble(greatest->second) - most) < 1e-3 * most);
}

void TestSelectionWindow::normsAloneAreShown()
{
    const int norm = slotNamed(session(), "model.layers.0.input_layernorm");
    QVERIFY(norm >= 0);
    window->context().select({norm});
    TRY_IDLE();
    QTRY_COMPARE(drawnLayers().size(), 1);
    QVERIFY(text("statisticsTitle").contains("input_layernorm"));
    QVERIFY(!text("histogramCaption").contains("without"));
}

void TestSelectionWindow::theRowMenuSetsSchemesAndMethods()
{
    clickBlock(1);
    auto* tree = find<LayerTree>("layerPanel");
    Q_EMIT tree->view()->customContextMenuRequested(QPoint(5, 5));
    auto* menu = tree->findChild<QMenu*>("layerMenu");
    QVERIFY(menu);
    auto* schemes = find<QMenu>("schemeMenu");
    auto* methods = find<QMenu>("methodMenu");
    QVERIFY(menu->actions().contains(schemes->menuAction()));
    QVERIFY(menu->actions().contains(methods->menuAction()));
    Q_EMIT schemes->aboutToShow();
    const QList<QAction*> offers = schemes->actions();
    const auto offer = std::find_if(offers.begin(), offers.end(), [](const QAction* action) {
        return action->text() == "q4_k" && action->isEnabled();
    });
    QVERIFY(offer != offers.end());
    (*offer)->trigger();
    const QList<QAction*> ways = methods->actions();
    const auto nearest = std::find_if(ways.begin(), ways.end(), [](const QAction* action) {
        return action->objectName() == "method-nearest";
    });
    QVERIFY(nearest != ways.end());
    (*nearest)->trigger();
    menu->close();
    for (const int slot : window->context().selectedQuantizable()) {
        QCOMPARE(session().choice(slot).scheme, std::string("q4_k"));
        QCOMPARE(session().choice(slot).method, std::string("nearest"));
    }
    Q_EMIT methods->aboutToShow();
    QVERIFY((*nearest)->isChecked());
    TRY_IDLE();
}

void TestSelectionWindow::filterAndOrderKeepTheSelection()
{
    const QList<int> chosen{slotNamed(session(), "model.layers.0.mlp.down_proj"),
                            slotNamed(session(), "model.layers.2.mlp.up_proj")};
    window->context().select(chosen);
    auto* filter = find<QLineEdit>("layerFilter");
    filter->setText("down_proj");
    QCOMPARE(window->context().selectedSlots(), chosen);
    QCOMPARE(text("selectedRest"), QString("1 of these hidden by the filter"));
    auto* view = find<QTreeView>("layerTree");
    view->sortByColumn(SizeColumn, Qt::DescendingOrder);
    QCOMPARE(view->model()->rowCount(), 4);
    filter->clear();
    const QAbstractItemModel& rows = *view->model();
    QCOMPARE(rows.rowCount(), static_cast<int>(session().model().graph.slots.size()));
    for (int row = 1; row < rows.rowCount(); ++row)
        QVERIFY(rows.index(row - 1, 0).data(SizeRole).toLongLong() >=
                rows.index(row, 0).data(SizeRole).toLongLong());
    QCOMPARE(window->context().selectedSlots(), chosen);
    QCOMPARE(view->selectionModel()->selectedRows().size(), 2);
    // An edit in the list, and it stays one.
    session().setScheme(window->context().selectedQuantizable(), "q8_0");
    QTest::qWait(50);
    QCOMPARE(window->context().selectedSlots(), chosen);
    view->header()->setSortIndicator(-1, Qt::AscendingOrder);
    QCOMPARE(rows.index(1, 0).data().toString(), QString("block 0"));
    QCOMPARE(window->context().selectedSlots(), chosen);
    TRY_IDLE();
}

QTEST_MAIN(TestSelectionWindow)
#include "tst_selection_window.moc"

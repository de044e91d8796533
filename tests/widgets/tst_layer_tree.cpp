// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/widgets/fake_layers.h"
#include "tests/widgets/strict_main.h"
#include "widgets/base/layer_selection.h"
#include "widgets/layers/bit_strip.h"
#include "widgets/layers/flat_layers.h"
#include "widgets/layers/layer_columns.h"
#include "widgets/layers/layer_filter.h"
#include "widgets/layers/layer_tree.h"

#include <QAbstractItemModelTester>
#include <QClipboard>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QSignalSpy>
#include <QToolButton>
#include <QTreeView>

#include <algorithm>
#include <memory>

using namespace bitloom;

class LayerTreeTest : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        failOnWarnings();
        m_layers = std::make_unique<FakeLayers>();
        m_selection = std::make_unique<QItemSelectionModel>(m_layers.get());
        m_tree = std::make_unique<LayerTree>();
        m_tree->setModel(m_layers.get());
        m_tree->setSelectionModel(m_selection.get());
        m_tree->resize(700, 700);
        m_tree->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_tree.get()));
    }
    void cleanup()
    {
        m_tree.reset();
        m_selection.reset();
        m_layers.reset();
    }

    void proxyKeepsItsPromises()
    {
        LayerFilter filter;
        const QAbstractItemModelTester tester(
            &filter, QAbstractItemModelTester::FailureReportingMode::QtTest);
        filter.setSourceModel(m_layers.get());
        QCOMPARE(filter.setPattern("query", false), QString());
        QCOMPARE(slotRows(filter).size(), 3);
        m_layers->set(2, "other role", KindRole);
        filter.sort(SizeColumn, Qt::DescendingOrder);
        filter.setChangedOnly(true);
        QCOMPARE(filter.rowCount(), 0);
        filter.setChangedOnly(false);
        filter.setFlat(true);
        QCOMPARE(filter.rowCount(), 3);
        QCOMPARE(filter.toLayers(filter.index(0, 0)).model(), m_layers.get());
        QCOMPARE(filter.mapFromSource(filter.toLayers(filter.index(1, 0))), filter.index(1, 0));
        m_layers->set(2, "attention query", KindRole);
        QCOMPARE(filter.rowCount(), 4);
        m_layers->removeRow(1);
        QCOMPARE(filter.rowCount(), 2);
        filter.setFlat(false);
        QCOMPARE(slotRows(filter).size(), 2);
    }

    void flatLayersKeepTheirPromises()
    {
        FlatLayers flat;
        const QAbstractItemModelTester tester(
            &flat, QAbstractItemModelTester::FailureReportingMode::QtTest);
        flat.setSourceModel(m_layers.get());
        QCOMPARE(flat.rowCount(), m_layers->slotCount());
        QCOMPARE(flat.index(1, 0).data().toString(), QStringLiteral("block 0 q"));
        QSignalSpy changed(&flat, &FlatLayers::dataChanged);
        m_layers->set(4, 0.5, SensitivityRole);
        QVERIFY(!changed.isEmpty());
        QCOMPARE(changed.first().at(0).toModelIndex().row(), 4);
        QSignalSpy header(&flat, &FlatLayers::headerDataChanged);
        m_layers->setHeaderData(SensitivityColumn, Qt::Horizontal, "help", Qt::ToolTipRole);
        QCOMPARE(header.size(), 1);
        m_layers->removeRow(1);
        QCOMPARE(flat.rowCount(), m_layers->slotCount() - 7);
    }

    void clickAndShiftClickSelectARange()
    {
        click(2);
        click(5, Qt::ShiftModifier);
        QCOMPARE(selected(), (QList<int>{2, 3, 4, 5}));
        QCOMPARE(text("selectedCount"), QStringLiteral("4 selected:"));
        click(3, Qt::ControlModifier);
        QCOMPARE(selected(), (QList<int>{2, 4, 5}));
    }

    void selectionFromElsewhereShows()
    {
        m_selection->select(rowSelection({m_layers->slot(9)}), QItemSelectionModel::ClearAndSelect);
        QVERIFY(m_tree->view()->selectionModel()->isSelected(inTree(9)));
        QCOMPARE(m_tree->table(true).rows.size(), 1);
        m_selection->clear();
        QVERIFY(!m_tree->view()->selectionModel()->hasSelection());
        QCOMPARE(text("selectedCount"), QStringLiteral("Select layers to set their bits"));
    }

    void groupStandsForItsSlots()
    {
        clickIndex(inTree(1).parent());
        QCOMPARE(selected(), (QList<int>{1, 2, 3, 4, 5, 6, 7}));
        clickIndex(inTree(1).parent(), Qt::ControlModifier);
        QCOMPARE(selected(), QList<int>());
        clickIndex(inTree(1).parent());
        click(3, Qt::ControlModifier);
        QCOMPARE(selected(), (QList<int>{1, 2, 4, 5, 6, 7}));
        QVERIFY(!m_tree->view()->selectionModel()->isSelected(inTree(1).parent()));
        click(3, Qt::ControlModifier);
        QVERIFY(m_tree->view()->selectionModel()->isSelected(inTree(1).parent()));
        click(1);
        QCOMPARE(selected(), QList<int>{1});
    }

    void filteringKeepsTheSelection()
    {
        click(2);
        click(3, Qt::ControlModifier);
        QTest::keyClicks(m_tree->filterEdit(), "query");
        QCOMPARE(selected(), (QList<int>{2, 3}));
        QCOMPARE(text("selectedCount"), QStringLiteral("2 selected:"));
        QCOMPARE(text("selectedRest"), QStringLiteral("2 of these hidden by the filter"));
        m_tree->filterEdit()->clear();
        QCOMPARE(selected(), (QList<int>{2, 3}));
        QVERIFY(m_tree->view()->selectionModel()->isSelected(inTree(3)));
        QVERIFY(text("selectedRest").isEmpty());

        QTest::keyClicks(m_tree->filterEdit(), "query");
        click(8, Qt::ControlModifier); // one more
        QCOMPARE(selected(), (QList<int>{2, 3, 8}));
        click(8, Qt::ControlModifier);
        QCOMPARE(selected(), (QList<int>{2, 3}));
        clickIndex(inTree(8).parent());      // instead
        QCOMPARE(selected(), QList<int>{8}); // the group's one visible slot
        m_tree->filterEdit()->clear();
        QCOMPARE(selected(), QList<int>{8});
    }

    void countsWhatStaysAsStoredApart()
    {
        const int norm = m_layers->slotCount() - 1;
        click(norm);
        QCOMPARE(text("selectedCount"),
                 QStringLiteral("1 selected, kept as stored: norms, biases"));
        click(1, Qt::ControlModifier);
        QCOMPARE(text("selectedCount"), QStringLiteral("1 selected:"));
        QCOMPARE(text("selectedRest"), QStringLiteral("1 more kept as stored: norms, biases"));
    }

    void filterTakesWordsAndExpressions()
    {
        QTest::keyClicks(m_tree->filterEdit(), "block 1 feed");
        QCOMPARE(names(), (QStringList{"gate", "up", "down"}));
        m_tree->filterEdit()->setText("^block [02] (q|down)$");
        QCOMPARE(names(), QStringList());
        QCOMPARE(text("layerNote"), QStringLiteral("No layer fits the filter."));
        QTest::mouseClick(m_tree->findChild<QToolButton*>("layerFilterRegex"), Qt::LeftButton);
        QCOMPARE(names(), (QStringList{"q", "down", "q", "down"}));
        QVERIFY(text("layerNote").isEmpty());
        m_tree->filterEdit()->setText("(");
        QVERIFY(text("layerNote").startsWith("Not a regular expression"));
        QCOMPARE(names().size(), 4); // the last one that was right
    }

    void rowsTheFitChangedFlash()
    {
        m_layers->set(4, true, ChangedByFitRole);
        QTreeView* view = m_tree->view();
        const auto pixel = [view, this](int slot) {
            const auto* proxy = qobject_cast<QAbstractProxyModel*>(view->model());
            const QRect cell = view->visualRect(proxy->mapFromSource(m_layers->slot(slot)));
            return view->viewport()->grab().toImage().pixelColor(cell.right() - 3,
                                                                 cell.center().y());
        };
        const QColor before = pixel(4);
        const QColor other = pixel(6);
        m_tree->flashChanged();
        QTRY_VERIFY(pixel(4) != before);
        QCOMPARE(pixel(6), other);
        QTRY_COMPARE(pixel(4), before);
    }
    void onlyChangedByFit()
    {
        m_layers->set(4, true, ChangedByFitRole);
        QTest::mouseClick(m_tree->findChild<QToolButton*>("layerFilterChanged"), Qt::LeftButton);
        QCOMPARE(names(), QStringList{"out"});
        m_layers->set(5, true, ChangedByFitRole);
        QCOMPARE(names(), (QStringList{"out", "gate"}));
        m_tree->setChangedOnly(false);
        QCOMPARE(names().size(), m_layers->slotCount());
    }

    void keysOfTheFilterReachTheTree()
    {
        click(1);
        m_tree->focusFilter();
        QTest::keyClick(m_tree->filterEdit(), Qt::Key_Down);
        QCOMPARE(selected(), QList<int>{2});
        QVERIFY(m_tree->filterEdit()->hasFocus());
        QTest::keyClick(m_tree->filterEdit(), Qt::Key_Return);
        QVERIFY(m_tree->view()->hasFocus());
        QTest::keyClick(m_tree->view(), Qt::Key_F, Qt::ControlModifier);
        QVERIFY(m_tree->filterEdit()->hasFocus());
        QTest::keyClicks(m_tree->filterEdit(), "x");
        QTest::keyClick(m_tree->filterEdit(), Qt::Key_Escape);
        QVERIFY(m_tree->filterEdit()->text().isEmpty());
    }

    void numberKeysSetBits()
    {
        QSignalSpy bits(m_tree.get(), &LayerTree::bitsKeyPressed);
        click(1);
        for (const char key : {'2', '3', '4', '5', '6', '8', '0', '7', '1', '9'})
            QTest::keyClick(m_tree->view(), key);
        QList<int> got;
        for (const QList<QVariant>& call : bits)
            got.append(call.at(0).toInt());
        QCOMPARE(got, (QList<int>{2, 3, 4, 5, 6, 8, 0}));
        m_tree->focusFilter();
        QTest::keyClicks(m_tree->filterEdit(), "4");
        QCOMPARE(bits.size(), 7); // a digit in the filter is text
    }

    void copiesRowsAsTabSeparatedText()
    {
        click(1);
        click(2, Qt::ShiftModifier);
        QTest::keyClick(m_tree->view(), Qt::Key_C, Qt::ControlModifier);
        const QStringList lines = QGuiApplication::clipboard()->text().split('\n');
        QCOMPARE(lines.value(0),
                 QStringLiteral(
                     "group\tname\tbits\tscheme\tmethod\tinputs\tsensitivity\terror\tsize\tshape"));
        QCOMPARE(lines.value(1),
                 QStringLiteral("block 0\tq\t4.5\tint4-g32-sym\tmse\t\t\t2 %\t8 KiB\t64 × 172"));
        QVERIFY(lines.value(2).startsWith("block 0\tk\t"));
        QCOMPARE(lines.size(), 4); // header, two rows, end
    }

    void inputsShowWhereSomeAreQuantized()
    {
        QVERIFY(m_tree->view()->isColumnHidden(InputsColumn));
        m_layers->setInputs(3, "int8-token-sym");
        QTRY_VERIFY(!m_tree->view()->isColumnHidden(InputsColumn));
        m_tree->view()->setColumnHidden(InputsColumn, true); // as the header's menu does
        m_layers->setInputs(4, "int8-token-sym");
        QTest::qWait(60);
        QVERIFY(m_tree->view()->isColumnHidden(InputsColumn)); // they know better
        m_layers->setInputs(3, {});
        m_layers->setInputs(4, {});
        QTest::qWait(60);
        m_layers->setInputs(5, "int4-g32-sym");
        QTRY_VERIFY(!m_tree->view()->isColumnHidden(InputsColumn));
        QVERIFY(m_tree->columns()->restore(m_tree->columns()->save()));
        QVERIFY(!m_tree->view()->isColumnHidden(InputsColumn));
    }

    void sortsNumbersAsNumbers()
    {
        for (int i = 0; i < 7; ++i)
            m_layers->set(1 + i, i == 3 ? QVariant() : QVariant(i == 5 ? 100.0 : 9.0 - i),
                          SensitivityRole);
        m_tree->view()->sortByColumn(SensitivityColumn, Qt::DescendingOrder);
        QTRY_COMPARE(names().mid(0, 6), (QStringList{"up", "q", "k", "v", "gate", "down"}));
        m_tree->view()->sortByColumn(SensitivityColumn, Qt::AscendingOrder);
        QCOMPARE(names().mid(0, 6), (QStringList{"down", "gate", "v", "k", "q", "up"}));
        m_tree->view()->sortByColumn(-1, Qt::AscendingOrder);
        QCOMPARE(names(inTree(1).parent()).first(), QStringLiteral("q"));
    }

    void sortsFlatAcrossBlocks()
    {
        for (int i = 0; i + 1 < m_layers->slotCount(); ++i)
            m_layers->set(i, 0.01 * ((i * 7) % 23), SensitivityRole);
        m_tree->view()->collapse(inTree(1).parent());
        click(9);
        clickHeader(SensitivityColumn);
        QVERIFY(m_tree->isFlat());
        const QAbstractItemModel& rows = *m_tree->view()->model();
        QCOMPARE(rows.rowCount(), m_layers->slotCount());
        QList<double> figures;
        QSet<QString> groups;
        for (int row = 0; row + 1 < rows.rowCount(); ++row) { // the norm, unknown, comes last
            figures.append(rows.index(row, 0).data(SensitivityRole).toDouble());
            groups.insert(rows.index(row, 0).data().toString().section(u' ', 0, 1));
        }
        QVERIFY(std::is_sorted(figures.begin(), figures.end()));
        QVERIFY(groups.contains("block 0") && groups.contains("block 2"));
        QCOMPARE(rows.index(rows.rowCount() - 1, 0).data().toString(), QStringLiteral("norm"));
        QCOMPARE(selected(), QList<int>{9});
        QVERIFY(m_tree->view()->selectionModel()->isSelected(inTree(9)));

        click(3); // selecting, filtering and copying go on
        click(15, Qt::ControlModifier);
        QCOMPARE(selected(), (QList<int>{3, 15}));
        QTest::keyClicks(m_tree->filterEdit(), "block 1 feed");
        QCOMPARE(names().size(), 3);
        QCOMPARE(m_tree->table(false).rows.first().first(), QStringLiteral("block 1"));
        QCOMPARE(selected(), (QList<int>{3, 15}));
        m_tree->filterEdit()->clear();

        clickHeader(SensitivityColumn);
        QVERIFY(m_tree->isFlat());
        QVERIFY(rows.index(0, 0).data(SensitivityRole).toDouble() >
                rows.index(1, 0).data(SensitivityRole).toDouble());
        clickHeader(SensitivityColumn); // the third brings the groups back
        QVERIFY(!m_tree->isFlat());
        QCOMPARE(selected(), (QList<int>{3, 15}));
        QVERIFY(!m_tree->view()->isExpanded(inTree(1).parent()));
        QVERIFY(m_tree->view()->isExpanded(inTree(8).parent()));

        m_tree->view()->sortByColumn(SizeColumn, Qt::DescendingOrder);
        QVERIFY(m_tree->isFlat());
        menuAction("groupByBlock")->trigger();
        QVERIFY(!m_tree->isFlat());
        clickHeader(NameColumn); // names keep the blocks together
        QVERIFY(!m_tree->isFlat());
    }

    void theMenuBeginsWithWhatCanBeSet()
    {
        QMenu schemes("Scheme");
        m_tree->addMenuAction(schemes.menuAction());
        click(1);
        menuAction("groupByBlock");
        auto* menu = m_tree->findChild<QMenu*>("layerMenu");
        QCOMPARE(menu->actions().first(), schemes.menuAction());
        menu->close();
    }

    void stripOffersAndChooses()
    {
        QSignalSpy chosen(m_tree.get(), &LayerTree::schemeChosen);
        click(1);
        m_tree->bitStrip()->setOptions({{"int4-g32-sym", "4", "", true, true},
                                        {"q4_k", "q4_k", "does not fit rows of 172", false, false},
                                        {"", "–", "leave as stored", true, false}});
        auto* four = m_tree->findChild<QToolButton*>("bits_int4-g32-sym");
        auto* q4k = m_tree->findChild<QToolButton*>("bits_q4_k");
        auto* stored = m_tree->findChild<QToolButton*>("bits_stored");
        QVERIFY(four->isChecked() && !q4k->isEnabled());
        QCOMPARE(q4k->toolTip(), QStringLiteral("does not fit rows of 172"));
        QTest::mouseClick(q4k, Qt::LeftButton);
        QTest::mouseClick(stored, Qt::LeftButton);
        QTest::mouseClick(four, Qt::LeftButton);
        QCOMPARE(chosen.size(), 2);
        QCOMPARE(chosen.at(0).at(0).toString(), QString());
        QCOMPARE(chosen.at(1).at(0).toString(), QStringLiteral("int4-g32-sym"));
        QVERIFY(four->isChecked() && !stored->isChecked()); // only the application changes that
    }

    void exportsWhatIsVisible()
    {
        QSignalSpy exported(m_tree.get(), &LayerTree::exportRequested);
        QTest::keyClicks(m_tree->filterEdit(), "embedding");
        QCOMPARE(m_tree->table(false).rows.size(), 1);
        QVERIFY(QMetaObject::invokeMethod(m_tree->view(), "customContextMenuRequested",
                                          Q_ARG(QPoint, QPoint(5, 5))));
        auto* menu = m_tree->findChild<QMenu*>("layerMenu");
        QVERIFY(menu);
        for (QAction* action : menu->actions())
            if (action->text().contains("CSV"))
                action->trigger();
        menu->close();
        QCOMPARE(exported.size(), 1);
        QCOMPARE(exported.at(0).at(0).toString(), QStringLiteral("layers.csv"));
        QVERIFY(exported.at(0).at(1).toByteArray().contains(",embedding,4.5,"));
    }

    void survivesAResetAndNoModel()
    {
        click(1);
        m_layers->clear();
        QTRY_COMPARE(text("layerNote"), QStringLiteral("Open a model to see its layers."));
        QCOMPARE(text("selectedCount"), QStringLiteral("Select layers to set their bits"));
        m_tree->setModel(nullptr);
        m_tree->setSelectionModel(nullptr);
        QCOMPARE(m_tree->table(false).rows.size(), 0);
        QTest::keyClick(m_tree->view(), '4');
    }

    void manyLayers()
    {
        FakeLayers many(290); // 2032 slots
        QItemSelectionModel selection(&many);
        m_tree->setModel(&many);
        m_tree->setSelectionModel(&selection);
        m_tree->view()->expandAll();
        m_tree->view()->selectAll();
        QCOMPARE(selectedSlots(selection).size(), many.slotCount());
        m_tree->filterEdit()->setText("feed");
        QCOMPARE(selectedSlots(selection).size(), many.slotCount());
        m_tree->view()->sortByColumn(SizeColumn, Qt::AscendingOrder);
        QCOMPARE(m_tree->view()->model()->rowCount(), 3 * 290);
        m_tree->view()->sortByColumn(-1, Qt::AscendingOrder);
        m_tree->setModel(nullptr);
        m_tree->setSelectionModel(nullptr);
    }

private:
    QModelIndex inTree(int slot) const
    {
        const auto* proxy = qobject_cast<const QSortFilterProxyModel*>(m_tree->view()->model());
        return proxy->mapFromSource(m_layers->slot(slot));
    }

    void clickIndex(const QModelIndex& index, Qt::KeyboardModifiers modifiers = {})
    {
        QTreeView* view = m_tree->view();
        view->scrollTo(index);
        QTest::mouseClick(view->viewport(), Qt::LeftButton, modifiers,
                          view->visualRect(index).center());
    }
    void click(int slot, Qt::KeyboardModifiers modifiers = {})
    {
        clickIndex(inTree(slot), modifiers);
    }

    void clickHeader(int column)
    {
        const QHeaderView* header = m_tree->view()->header();
        m_tree->view()->scrollTo(inTree(0).siblingAtColumn(column)); // opens no group
        QTest::mouseClick(
            header->viewport(), Qt::LeftButton, {},
            QPoint(header->sectionViewportPosition(column) + header->sectionSize(column) / 2,
                   header->height() / 2));
    }

    /// An entry of the row menu, which opens for it.
    QAction* menuAction(const char* name)
    {
        emit m_tree->view()->customContextMenuRequested(QPoint(5, 5));
        auto* menu = m_tree->findChild<QMenu*>("layerMenu");
        return menu->findChild<QAction*>(name);
    }

    QList<int> selected() const
    {
        QList<int> numbers;
        for (const QModelIndex& row : selectedSlots(*m_selection))
            numbers.append(row.data(SlotRole).toInt());
        return numbers;
    }

    QStringList names() const
    {
        QStringList all;
        for (const QStringList& row : m_tree->table(false).rows)
            all.append(row.value(1));
        return all;
    }
    static QStringList names(const QModelIndex& group)
    {
        QStringList all;
        for (int row = 0; row < group.model()->rowCount(group); ++row)
            all.append(group.model()->index(row, 0, group).data().toString());
        return all;
    }

    QString text(const char* label) const { return m_tree->findChild<QLabel*>(label)->text(); }

    std::unique_ptr<FakeLayers> m_layers;
    std::unique_ptr<QItemSelectionModel> m_selection;
    std::unique_ptr<LayerTree> m_tree;
};

BITLOOM_WIDGET_TEST(LayerTreeTest)
#include "tst_layer_tree.moc"

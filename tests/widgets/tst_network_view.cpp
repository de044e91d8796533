// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/widgets/fake_layers.h"
#include "tests/widgets/strict_main.h"
#include "widgets/base/layer_selection.h"
#include "widgets/layers/network_view.h"

#include <QHelpEvent>
#include <QScrollBar>
#include <QSignalSpy>
#include <QToolTip>

#include <memory>

using namespace bitloom;

class NetworkViewTest : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        failOnWarnings();
        m_layers = std::make_unique<FakeLayers>();
        m_selection = std::make_unique<QItemSelectionModel>(m_layers.get());
        m_view = std::make_unique<NetworkView>();
        m_view->resize(420, 260);
        m_view->setModel(m_layers.get());
        m_view->setSelectionModel(m_selection.get());
        m_view->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_view.get()));
    }
    void cleanup()
    {
        m_view.reset();
        m_selection.reset();
        m_layers.reset();
    }

    void everyLayerHasAPlaceInOrder()
    {
        QRect before;
        for (int i = 0; i < m_layers->slotCount(); ++i) {
            const QRect place = m_view->cellRect(m_layers->slot(i));
            QVERIFY(place.isValid());
            QVERIFY(!place.intersects(before));
            QVERIFY(place.top() > before.top() || place.left() > before.left());
            before = place;
        }
        const int first = m_view->cellRect(m_layers->slot(0)).top(); // the embedding
        QVERIFY(first < m_view->cellRect(m_layers->slot(1)).top());
    }

    void clicksSelect()
    {
        click(3);
        QCOMPARE(chosen(), QList<int>{3});
        click(5, Qt::ControlModifier);
        QCOMPARE(chosen(), (QList<int>{3, 5}));
        click(3, Qt::ControlModifier);
        QCOMPARE(chosen(), QList<int>{5});
        click(2);
        click(9, Qt::ShiftModifier); // over the end of the block
        QCOMPARE(chosen(), (QList<int>{2, 3, 4, 5, 6, 7, 8, 9}));
        const QRect first = m_view->cellRect(m_layers->slot(8));
        QTest::mouseClick(m_view->viewport(), Qt::LeftButton, {}, QPoint(12, first.center().y()));
        QCOMPARE(chosen(), (QList<int>{8, 9, 10, 11, 12, 13, 14})); // the block by its title
        QTest::mouseClick(m_view->viewport(), Qt::LeftButton, {}, QPoint(400, 250));
        QVERIFY(chosen().isEmpty());
    }

    void keysMove()
    {
        click(1);
        QTest::keyClick(m_view.get(), Qt::Key_Right);
        QCOMPARE(chosen(), QList<int>{2});
        QTest::keyClick(m_view.get(), Qt::Key_Down);
        QCOMPARE(chosen(), QList<int>{9}); // the same place of the next block
        QTest::keyClick(m_view.get(), Qt::Key_Up);
        QCOMPARE(chosen(), QList<int>{2});
        QTest::keyClick(m_view.get(), Qt::Key_Right, Qt::ShiftModifier);
        QCOMPARE(chosen(), (QList<int>{2, 3}));
        QTest::keyClick(m_view.get(), Qt::Key_Right, Qt::ControlModifier);
        QTest::keyClick(m_view.get(), Qt::Key_Right, Qt::ControlModifier);
        QTest::keyClick(m_view.get(), Qt::Key_Space);
        QCOMPARE(chosen(), (QList<int>{2, 3, 5}));
        QTest::keyClick(m_view.get(), Qt::Key_End);
        QCOMPARE(chosen(), QList<int>{m_layers->slotCount() - 1});
        QTest::keyClick(m_view.get(), Qt::Key_Home);
        QCOMPARE(chosen(), QList<int>{0});
    }

    void followsTheSelection()
    {
        const QImage before = m_view->grab().toImage();
        m_selection->select(m_layers->slot(5),
                            QItemSelectionModel::Select | QItemSelectionModel::Rows);
        QVERIFY(m_view->grab().toImage() != before);
        QVERIFY2(m_view->accessibleDescription().contains("gate"),
                 qPrintable(m_view->accessibleDescription()));
    }

    void coloursFollowTheBits()
    {
        const QImage before = m_view->grab().toImage();
        m_layers->set(4, 2.0, BitsRole);
        const QImage after = m_view->grab().toImage();
        const QPoint inside = m_view->cellRect(m_layers->slot(4)).topLeft() + QPoint(3, 3);
        QVERIFY(before.pixelColor(inside) != after.pixelColor(inside));
        const QPoint other = m_view->cellRect(m_layers->slot(5)).topLeft() + QPoint(3, 3);
        QCOMPARE(before.pixelColor(other), after.pixelColor(other));
    }

    void tipsNameLayersAndBits()
    {
        const QPoint at = m_view->cellRect(m_layers->slot(2)).center();
        QHelpEvent help(QEvent::ToolTip, at, m_view->viewport()->mapToGlobal(at));
        QCoreApplication::sendEvent(m_view->viewport(), &help);
        QVERIFY2(QToolTip::text().contains("4.50 bits"), qPrintable(QToolTip::text()));
        QVERIFY(QToolTip::text().contains("attention key"));
        QToolTip::hideText();
    }

    void longNetworksScroll()
    {
        FakeLayers many(40);
        QItemSelectionModel selection(&many);
        m_view->setModel(&many);
        m_view->setSelectionModel(&selection);
        QVERIFY(m_view->verticalScrollBar()->maximum() > 0);
        QTest::keyClick(m_view.get(), Qt::Key_End);
        QTest::keyClick(m_view.get(), Qt::Key_End);
        QVERIFY(
            m_view->viewport()->rect().contains(m_view->cellRect(many.slot(many.slotCount() - 1))));
        m_view->setModel(nullptr);
        m_view->setSelectionModel(nullptr);
    }

    void aResetLeavesNothingBehind()
    {
        m_layers->clear();
        QTest::mouseClick(m_view->viewport(), Qt::LeftButton, {}, QPoint(120, 40));
        QTest::keyClick(m_view.get(), Qt::Key_Right);
        QVERIFY(!m_view->grab().isNull());
    }

private:
    void click(int slot, Qt::KeyboardModifiers modifiers = {}) const
    {
        QTest::mouseClick(m_view->viewport(), Qt::LeftButton, modifiers,
                          m_view->cellRect(m_layers->slot(slot)).center());
    }
    QList<int> chosen() const
    {
        QList<int> result;
        for (const QModelIndex& row : selectedSlots(*m_selection))
            result.append(row.data(SlotRole).toInt());
        return result;
    }

    std::unique_ptr<FakeLayers> m_layers;
    std::unique_ptr<QItemSelectionModel> m_selection;
    std::unique_ptr<NetworkView> m_view;
};

BITLOOM_WIDGET_TEST(NetworkViewTest)
#include "tst_network_view.moc"

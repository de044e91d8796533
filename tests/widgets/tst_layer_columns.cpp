// SPDX-License-Identifier: GPL-3.0-or-later
// How the columns of the layer tree share its width.
#include "tests/widgets/fake_layers.h"
#include "tests/widgets/strict_main.h"
#include "widgets/base/layer_roles.h"
#include "widgets/layers/layer_columns.h"
#include "widgets/layers/layer_tree.h"

#include <QHeaderView>
#include <QLabel>
#include <QTreeView>

#include <memory>

using namespace bitloom;

class LayerColumnsTest : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        failOnWarnings();
        m_layers = std::make_unique<FakeLayers>();
        m_tree = std::make_unique<LayerTree>();
        m_tree->setModel(m_layers.get());
        m_tree->resize(700, 700);
        m_tree->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_tree.get()));
    }
    void cleanup()
    {
        m_tree.reset();
        m_layers.reset();
    }

    void namesHaveTheirRoomFirst()
    {
        m_layers->set(1, QStringLiteral("a_name_that_is_longer_than_most_names"), Qt::DisplayRole);
        m_tree->columns()->showDefaults();
        const QHeaderView* header = m_tree->view()->header();
        const int nameHint =
            static_cast<QAbstractItemView*>(m_tree->view())->sizeHintForColumn(NameColumn);
        QVERIFY(header->sectionSize(NameColumn) >= nameHint);
        const int before = header->sectionSize(NameColumn);
        m_tree->resize(1400, 700); // what is left over is theirs
        QTRY_VERIFY(header->sectionSize(NameColumn) > before);
        QCOMPARE(header->length(), m_tree->view()->viewport()->width());
        QCOMPARE(m_tree->view()->textElideMode(), Qt::ElideMiddle);
    }

    /// Only who drags an edge between titles sets a width by hand: names go on having the rest.
    void columnsFollowADockThatIsDragged()
    {
        const QHeaderView* header = m_tree->view()->header();
        QLabel handle;
        handle.show();
        QVERIFY(QTest::qWaitForWindowExposed(&handle));
        QTest::mousePress(&handle, Qt::LeftButton);
        QVERIFY(QGuiApplication::mouseButtons() != Qt::NoButton);
        m_tree->resize(1100, 700);
        const int dragged = header->sectionSize(NameColumn);
        QTest::mouseRelease(&handle, Qt::LeftButton);
        m_tree->resize(1500, 700);
        QTRY_VERIFY(header->sectionSize(NameColumn) > dragged);
    }

private:
    std::unique_ptr<FakeLayers> m_layers;
    std::unique_ptr<LayerTree> m_tree;
};

BITLOOM_WIDGET_TEST(LayerColumnsTest)
#include "tst_layer_columns.moc"

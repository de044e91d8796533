// SPDX-License-Identifier: GPL-3.0-or-later
// Two recipes side by side: choosing them, sorting what differs, taking choices; and the reason of
// a choice beside it.
#include "tests/widgets/gallery.h"
#include "tests/widgets/strict_main.h"

#include <QComboBox>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableWidget>

using namespace bitloom;

class RecipeDiffTest : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        failOnWarnings();
        m_panel.reset(static_cast<RecipeDiffPanel*>(exhibitRecipes()));
        m_panel->resize(460, 360);
        m_panel->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_panel.get()));
    }
    void cleanup() { m_panel.reset(); }

    void theFirstStandsBesideTheLast()
    {
        QCOMPARE(m_panel->chosen(RecipeDiffPanel::A), QString("original"));
        QCOMPARE(m_panel->chosen(RecipeDiffPanel::B), QString("current"));
        m_panel->choose(RecipeDiffPanel::A, "state:3");
        m_panel->setRecipes({{"original", "as stored"},
                             {"state:3", "Fit"},
                             {"state:4", "Set q4_k"},
                             {"current", "current"}});
        QCOMPARE(m_panel->chosen(RecipeDiffPanel::A), QString("state:3")); // kept
        m_panel->setRecipes({{"original", "as stored"}, {"current", "current"}});
        QCOMPARE(m_panel->chosen(RecipeDiffPanel::A), QString("original")); // gone
    }

    void choosesAndAsksForFiles()
    {
        QSignalSpy asked(m_panel.get(), &RecipeDiffPanel::asked);
        QSignalSpy file(m_panel.get(), &RecipeDiffPanel::fileRequested);
        auto* a = m_panel->findChild<QComboBox*>("recipeA");
        a->setFocus();
        QTest::keyClick(a, Qt::Key_Down);
        QCOMPARE(asked.size(), 1);
        QCOMPARE(m_panel->chosen(RecipeDiffPanel::A), QString("state:3"));
        QTest::keyClick(a, Qt::Key_End); // from a file
        QCOMPARE(file.size(), 1);
        QCOMPARE(m_panel->chosen(RecipeDiffPanel::A), QString("state:3")); // until there is one
    }

    void numbersSortAsNumbers()
    {
        table()->sortByColumn(3, Qt::AscendingOrder);
        QCOMPARE(column(0), (QStringList{"block 0 down", "block 0 q", "block 1 v"}));
        table()->sortByColumn(4, Qt::DescendingOrder);
        QCOMPARE(column(0), (QStringList{"block 1 v", "block 0 down", "block 0 q"}));
        QCOMPARE(m_panel->table().rows.size(), 3);
        QCOMPARE(m_panel->table().rows[1],
                 (QStringList{"block 0 down", "q5_k", "q4_k", "−24.00 KiB", "+0.0006"}));
    }

    void takesWhatIsChosen()
    {
        auto* takeA = m_panel->findChild<QPushButton*>("takeA");
        auto* takeB = m_panel->findChild<QPushButton*>("takeB");
        QVERIFY(takeA->isEnabled() && !takeB->isEnabled()); // B is the current one
        QSignalSpy taken(m_panel.get(), &RecipeDiffPanel::takeRequested);
        QSignalSpy chosen(m_panel.get(), &RecipeDiffPanel::rowsChosen);
        table()->selectAll();
        QCOMPARE(chosen.last().first().value<QList<int>>().size(), 3);
        QTest::mouseClick(takeA, Qt::LeftButton);
        QCOMPARE(taken.size(), 1);
        QCOMPARE(taken.first().at(1).value<QList<int>>().size(), 3);
        m_panel->setSelected({});
        QVERIFY(!takeA->isEnabled());
        QCOMPARE(chosen.size(), 1); // what others select is no choice made here
    }

    /// Rows of the same layers stay chosen by those who know them.
    void selectionFromElsewhereShows()
    {
        m_panel->setSelected({3, 12, 40});
        QCOMPARE(table()->selectionModel()->selectedRows().size(), 2);
    }

    void saysWhyAndGoesAwayByEscape()
    {
        QWidget window;
        window.show();
        auto* popover = new WhyPopover(&window);
        popover->explain(someReason());
        popover->popUp(window.mapToGlobal(QPoint(10, 10)));
        QVERIFY(popover->isVisible());
        QVERIFY(popover->accessibleDescription().startsWith("model.layers.1.mlp.down_proj: The"));
        auto* steps = popover->findChild<QTableWidget*>("whySteps");
        QCOMPARE(steps->rowCount(), 3);
        QCOMPARE(steps->item(1, 1)->text(), QString("q3_k"));
        QTRY_VERIFY(steps->hasFocus());
        QTest::keyClick(steps, Qt::Key_Down);
        QCOMPARE(steps->currentRow(), 1);
        QTest::keyClick(steps, Qt::Key_Escape);
        QVERIFY(!popover->isVisible());
        popover->explain({"norm", "It stays as it is.", {}, {}, {}});
        popover->popUp(window.mapToGlobal(QPoint(10, 10)));
        QVERIFY(!steps->isVisible());
        QTest::keyClick(popover, Qt::Key_Escape);
        QVERIFY(!popover->isVisible());
    }

private:
    QTableWidget* table() const { return m_panel->findChild<QTableWidget*>("recipeDiffTable"); }
    QStringList column(int at) const
    {
        QStringList texts;
        for (int row = 0; row < table()->rowCount(); ++row)
            texts.append(table()->item(row, at)->text());
        return texts;
    }

    std::unique_ptr<RecipeDiffPanel> m_panel;
};

BITLOOM_WIDGET_TEST(RecipeDiffTest)
#include "tst_recipe_diff.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/layers/layer_tree.h"

#include "widgets/base/icons.h"

#include <QAction>
#include <QHeaderView>
#include <QMenu>
#include <QTreeView>

namespace bitloom {

void LayerTree::showMenu(const QPoint& position)
{
    auto* menu = new QMenu(this);
    menu->setObjectName(QStringLiteral("layerMenu"));
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->setToolTipsVisible(true);
    menu->addActions(m_extraActions);
    if (!m_extraActions.isEmpty())
        menu->addSeparator();
    menu->addAction(glyph(QStringLiteral("copy")), tr("Copy rows\tCtrl+C"), this,
                    &LayerTree::copySelection);
    menu->addAction(tr("Export table (CSV)…"), this, &LayerTree::exportCsv);
    menu->addSeparator();
    menu->addAction(glyph(QStringLiteral("lock")), tr("Lock"), this,
                    [this] { emit lockRequested(true); });
    menu->addAction(glyph(QStringLiteral("unlock")), tr("Unlock"), this,
                    [this] { emit lockRequested(false); });
    menu->addSeparator();
    QAction* grouped = menu->addAction(tr("Group by block"), this, [this] {
        m_view->header()->setSortIndicator(-1, Qt::AscendingOrder);
    });
    grouped->setObjectName(QStringLiteral("groupByBlock"));
    grouped->setCheckable(true);
    grouped->setChecked(!isFlat());
    grouped->setEnabled(isFlat());
    grouped->setToolTip(tr("Sorted by a figure, the layers stand in one list"));
    for (QAction* action :
         {menu->addAction(tr("Open all groups"), m_view, &QTreeView::expandAll),
          menu->addAction(tr("Close all groups"), m_view, &QTreeView::collapseAll)})
        action->setEnabled(!isFlat());
    menu->popup(m_view->viewport()->mapToGlobal(position));
}

} // namespace bitloom

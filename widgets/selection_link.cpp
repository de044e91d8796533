// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/selection_link.h"

#include "widgets/layer_selection.h"

#include <QScopedValueRollback>
#include <QSet>
#include <QSortFilterProxyModel>

#include <algorithm>

namespace bitloom {

SelectionLink::SelectionLink(QSortFilterProxyModel* proxy, QItemSelectionModel* view,
                             QObject* parent)
    : QObject(parent)
    , m_proxy(proxy)
    , m_view(view)
{
    connect(view, &QItemSelectionModel::selectionChanged, this, &SelectionLink::fromView);
    connect(view, &QItemSelectionModel::currentChanged, this, &SelectionLink::currentFromView);
    // Rows that come back when the filter is loosened show whether they are chosen.
    connect(proxy, &QAbstractItemModel::rowsInserted, this, &SelectionLink::fromShared);
}

void SelectionLink::setShared(QItemSelectionModel* shared)
{
    if (m_shared)
        m_shared->disconnect(this);
    m_shared = shared;
    if (!shared)
        return;
    connect(shared, &QItemSelectionModel::selectionChanged, this, &SelectionLink::fromShared);
    connect(shared, &QItemSelectionModel::currentChanged, this, &SelectionLink::currentFromShared);
    fromShared();
}

QModelIndexList SelectionLink::visibleSlots(const QModelIndex& group) const
{
    QModelIndexList rows;
    for (int row = 0; row < m_proxy->rowCount(group); ++row)
        rows.append(m_proxy->index(row, 0, group));
    return rows;
}

void SelectionLink::fromView(const QItemSelection& selected, const QItemSelection& deselected)
{
    if (m_busy || !m_shared)
        return;
    const QScopedValueRollback guard(m_busy, true);
    QSet<QModelIndex> chosen;
    const QModelIndexList inView = m_view->selectedRows();
    for (const QModelIndex& row : inView)
        if (isSlotRow(row))
            chosen.insert(row);
    for (const QModelIndex& row : selected.indexes())
        if (row.column() == 0 && !isSlotRow(row))
            for (const QModelIndex& child : visibleSlots(row))
                chosen.insert(child);
    // A group that the user took out takes its slots along; one that lost a slot just goes out.
    for (const QModelIndex& row : deselected.indexes())
        if (row.column() == 0 && !isSlotRow(row) &&
            row == m_view->currentIndex().siblingAtColumn(0))
            for (const QModelIndex& child : visibleSlots(row))
                chosen.remove(child);
    QModelIndexList rows;
    for (const QModelIndex& row : chosen)
        rows.append(m_proxy->mapToSource(row));
    std::sort(rows.begin(), rows.end());
    m_shared->select(rowSelection(rows), QItemSelectionModel::ClearAndSelect);
    showShared();
}

void SelectionLink::fromShared()
{
    if (m_busy || !m_shared || !m_view)
        return;
    const QScopedValueRollback guard(m_busy, true);
    showShared();
}

void SelectionLink::showShared()
{
    QItemSelection selection = m_proxy->mapSelectionFromSource(m_shared->selection());
    QModelIndexList groups;
    for (int row = 0; row < m_proxy->rowCount(); ++row) {
        const QModelIndex group = m_proxy->index(row, 0);
        const QModelIndexList children = visibleSlots(group);
        const auto isChosen = [&](const QModelIndex& child) { return selection.contains(child); };
        if (!children.isEmpty() && std::all_of(children.begin(), children.end(), isChosen))
            groups.append(group);
    }
    selection.append(rowSelection(groups));
    m_view->select(selection, QItemSelectionModel::ClearAndSelect);
}

void SelectionLink::currentFromView(const QModelIndex& current)
{
    if (m_busy || !m_shared)
        return;
    const QScopedValueRollback guard(m_busy, true);
    m_shared->setCurrentIndex(m_proxy->mapToSource(current), QItemSelectionModel::NoUpdate);
}

void SelectionLink::currentFromShared(const QModelIndex& current)
{
    if (m_busy || !m_view)
        return;
    const QScopedValueRollback guard(m_busy, true);
    const QModelIndex shown = m_proxy->mapFromSource(current);
    if (shown.isValid())
        m_view->setCurrentIndex(shown, QItemSelectionModel::NoUpdate);
}

} // namespace bitloom

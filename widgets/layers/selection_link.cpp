// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/layers/selection_link.h"

#include "widgets/base/layer_selection.h"
#include "widgets/layers/layer_filter.h"

#include <QHash>
#include <QScopedValueRollback>
#include <QSet>

#include <algorithm>
#include <utility>

namespace bitloom {

SelectionLink::SelectionLink(LayerFilter* filter, QObject* parent)
    : QObject(parent)
    , m_proxy(filter)
{
    m_settle.setSingleShot(true);
    m_settle.setInterval(0);
    connect(&m_settle, &QTimer::timeout, this, &SelectionLink::settle);
    const auto begin = [this] { ++m_changing; };
    const auto end = [this] {
        --m_changing;
        m_settle.start();
    };
    connect(filter, &QAbstractItemModel::rowsAboutToBeRemoved, this, begin);
    connect(filter, &QAbstractItemModel::rowsAboutToBeInserted, this, begin);
    connect(filter, &QAbstractItemModel::rowsRemoved, this, end);
    connect(filter, &QAbstractItemModel::rowsInserted, this, end);
}

void SelectionLink::setView(QItemSelectionModel* view)
{
    m_view = view;
    connect(view, &QItemSelectionModel::selectionChanged, this, &SelectionLink::fromView);
    connect(view, &QItemSelectionModel::currentChanged, this, &SelectionLink::currentFromView);
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

QModelIndexList SelectionLink::fullGroups(const QModelIndexList& shownSlots) const
{
    QHash<QModelIndex, int> counts;
    for (const QModelIndex& slot : shownSlots)
        ++counts[slot.parent()];
    QModelIndexList groups;
    for (auto group = counts.begin(); group != counts.end(); ++group)
        if (group.key().isValid() && group.value() == m_proxy->rowCount(group.key()))
            groups.append(group.key());
    return groups;
}

void SelectionLink::fromView(const QItemSelection& selected, const QItemSelection& deselected)
{
    if (m_busy || m_changing > 0 || !m_shared)
        return;
    const QScopedValueRollback guard(m_busy, true);
    QSet<QModelIndex> chosen;
    for (const QModelIndex& row : rowsOf(m_view->selection()))
        if (isSlotRow(row))
            chosen.insert(row);
    for (const QModelIndex& row : rowsOf(selected))
        if (!isSlotRow(row))
            for (const QModelIndex& child : visibleSlots(row))
                chosen.insert(child);
    // A group that the user took out takes its slots along; one that lost a slot just goes out.
    for (const QModelIndex& row : rowsOf(deselected))
        if (!isSlotRow(row) && row == m_view->currentIndex().siblingAtColumn(0))
            for (const QModelIndex& child : visibleSlots(row))
                chosen.remove(child);
    share(QModelIndexList(chosen.begin(), chosen.end()));
    showShared();
}

void SelectionLink::share(const QModelIndexList& proxyRows)
{
    QModelIndexList rows;
    for (const QModelIndex& row : proxyRows)
        rows.append(m_proxy->toLayers(row));
    if (std::exchange(m_extends, false))
        for (const QModelIndex& row : rowsOf(m_shared->selection()))
            if (!m_proxy->mapFromSource(row).isValid())
                rows.append(row);
    m_shared->select(rowSelection(rows), QItemSelectionModel::ClearAndSelect);
}

void SelectionLink::fromShared()
{
    if (m_busy || !isLinked() || !m_view)
        return;
    const QScopedValueRollback guard(m_busy, true);
    showShared();
}

void SelectionLink::showShared()
{
    QModelIndexList rows;
    for (const QModelIndex& row : rowsOf(m_shared->selection()))
        if (const QModelIndex shown = m_proxy->mapFromSource(row); shown.isValid())
            rows.append(shown);
    rows.append(fullGroups(rows));
    m_view->select(rowSelection(rows), QItemSelectionModel::ClearAndSelect);
}

void SelectionLink::settle()
{
    m_settle.stop();
    if (!isLinked() || !m_view)
        return;
    const QScopedValueRollback guard(m_busy, true);
    showShared();
    const QModelIndex current = m_proxy->mapFromSource(m_shared->currentIndex());
    if (current.isValid())
        m_view->setCurrentIndex(current, QItemSelectionModel::NoUpdate);
}

/// Not while the tree has another model already than the selection.
bool SelectionLink::isLinked() const
{
    return m_shared && m_shared->model() == m_proxy->layers();
}

int SelectionLink::hidden() const
{
    const QModelIndexList rows = isLinked() ? rowsOf(m_shared->selection()) : QModelIndexList();
    return static_cast<int>(std::count_if(rows.begin(), rows.end(), [this](const auto& row) {
        return isSlotRow(row) && !m_proxy->mapFromSource(row).isValid();
    }));
}

void SelectionLink::userSelects(QItemSelectionModel::SelectionFlags how)
{
    if (how != QItemSelectionModel::NoUpdate)
        m_extends = !how.testFlag(QItemSelectionModel::Clear);
}

void SelectionLink::currentFromView(const QModelIndex& current)
{
    if (m_busy || m_changing > 0 || !m_shared)
        return;
    const QScopedValueRollback guard(m_busy, true);
    m_shared->setCurrentIndex(m_proxy->toLayers(current), QItemSelectionModel::NoUpdate);
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

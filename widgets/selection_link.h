// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QItemSelectionModel>
#include <QObject>
#include <QPointer>
#include <QTimer>

class QSortFilterProxyModel;

namespace bitloom {

/// Keeps a view's selection (over a proxy) and the shared selection (over the proxy's source)
/// equal. The shared one holds slot rows only: choosing a group row chooses its visible slots, and
/// a group shows as chosen when all its visible slots are. Rows hidden by the filter leave the
/// selection, so that an edit never touches what cannot be seen.
class SelectionLink : public QObject {
    Q_OBJECT

public:
    /// Make it before the view gets the proxy: it has to hear of rows that come and go before the
    /// view does.
    SelectionLink(QSortFilterProxyModel* proxy, QObject* parent);

    void setView(QItemSelectionModel* view);
    void setShared(QItemSelectionModel* shared);
    /// Takes hidden rows out of the selection, now instead of when control returns to the event
    /// loop.
    void settle();

private:
    void fromView(const QItemSelection& selected, const QItemSelection& deselected);
    void fromShared();
    void showShared();
    void share(const QModelIndexList& proxyRows);
    void currentFromView(const QModelIndex& current);
    void currentFromShared(const QModelIndex& current);
    QModelIndexList visibleSlots(const QModelIndex& group) const;
    QModelIndexList fullGroups(const QModelIndexList& shownSlots) const;

    QSortFilterProxyModel* m_proxy;
    QPointer<QItemSelectionModel> m_view;
    QPointer<QItemSelectionModel> m_shared;
    QTimer m_settle;
    int m_changing = 0; ///< rows come or go; what the view selects meanwhile is nobody's choice
    bool m_busy = false;
};

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QItemSelectionModel>
#include <QObject>
#include <QPointer>

class QSortFilterProxyModel;

namespace bitloom {

/// Keeps a view's selection (over a proxy) and the shared selection (over the proxy's source)
/// equal. The shared one holds slot rows only: choosing a group row chooses its visible slots, and
/// a group shows as chosen when all its visible slots are. Rows hidden by the filter leave the
/// selection, so that an edit never touches what cannot be seen.
class SelectionLink : public QObject {
    Q_OBJECT

public:
    SelectionLink(QSortFilterProxyModel* proxy, QItemSelectionModel* view, QObject* parent);

    void setShared(QItemSelectionModel* shared);

private:
    void fromView(const QItemSelection& selected, const QItemSelection& deselected);
    void fromShared();
    void showShared();
    void currentFromView(const QModelIndex& current);
    void currentFromShared(const QModelIndex& current);
    QModelIndexList visibleSlots(const QModelIndex& group) const;

    QSortFilterProxyModel* m_proxy;
    QPointer<QItemSelectionModel> m_view;
    QPointer<QItemSelectionModel> m_shared;
    bool m_busy = false;
};

} // namespace bitloom

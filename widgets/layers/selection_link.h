// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QItemSelectionModel>
#include <QObject>
#include <QPointer>
#include <QTimer>

namespace bitloom {

class LayerFilter;

/// Keeps a view's selection (over a filter) and the shared selection (over the layer model) equal.
/// The shared one holds slot rows only: choosing a group row chooses its visible slots, and a group
/// shows as chosen when all its visible slots are. Rows that the filter hides stay chosen until the
/// user chooses others instead; hidden() counts them, since an edit changes them, too.
class SelectionLink : public QObject {
    Q_OBJECT

public:
    /// Make it before the view gets the proxy: it has to hear of rows that come and go before the
    /// view does.
    SelectionLink(LayerFilter* filter, QObject* parent);

    void setView(QItemSelectionModel* view);
    void setShared(QItemSelectionModel* shared);
    /// Shows the shared selection and the current row in the view, after the view's rows changed.
    void settle();
    /// How many chosen rows the filter hides.
    int hidden() const;
    /// How the user's hand is about to change the view's selection.
    void userSelects(QItemSelectionModel::SelectionFlags how);

private:
    void fromView(const QItemSelection& selected, const QItemSelection& deselected);
    void fromShared();
    bool isLinked() const;
    void showShared();
    void share(const QModelIndexList& proxyRows);
    void currentFromView(const QModelIndex& current);
    void currentFromShared(const QModelIndex& current);
    QModelIndexList visibleSlots(const QModelIndex& group) const;
    QModelIndexList fullGroups(const QModelIndexList& shownSlots) const;

    LayerFilter* m_proxy;
    QPointer<QItemSelectionModel> m_view;
    QPointer<QItemSelectionModel> m_shared;
    QTimer m_settle;
    int m_changing = 0;     ///< rows come or go; what the view selects meanwhile is nobody's choice
    bool m_extends = false; ///< the user adds or takes away, and leaves the rest
    bool m_busy = false;
};

} // namespace bitloom

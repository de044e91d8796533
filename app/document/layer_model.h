// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/measurements.h"
#include "widgets/base/layer_roles.h"

#include <QAbstractItemModel>
#include <QList>

namespace bitloom {

/// The open model's slots as a two-level tree (embeddings, blocks, head; below them slots), under
/// the columns and roles of widgets/base/layer_roles.h.
class LayerModel : public QAbstractItemModel {
    Q_OBJECT

public:
    LayerModel(Session& session, Measurements& measurements, QObject* parent = nullptr);

    QModelIndex indexOf(int slot) const;

    QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    QModelIndex parent(const QModelIndex& child) const override;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;

private:
    struct Group {
        QString title;
        QList<int> members; ///< slot indices
    };
    /// The groups of the open model; none where there is none.
    QList<Group> groupsOf(const Graph& graph) const;
    void show(QList<Group> groups);
    void clear() { show({}); }
    void rebuild();
    QVariant dataOf(const QModelIndex& index, int role) const;
    void refresh(const QList<int>& slotIndices);

    QVariant slotData(int slot, int column, int role) const;
    QVariant slotRole(int slot, int role) const;
    QString slotText(int slot, int column) const;
    QVariant slotHelp(int slot, int column) const;
    QVariant groupData(const Group& group, int column, int role) const;
    double groupSum(const Group& group, int role) const;
    const Slot& slotAt(int slot) const;

    Session& m_session;
    Measurements& m_measurements;
    QList<Group> m_groups;
    QList<int> m_groupOf; ///< by slot
    QList<int> m_rowOf;   ///< by slot, within its group
};

} // namespace bitloom

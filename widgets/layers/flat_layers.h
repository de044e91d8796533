// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractProxyModel>
#include <QHash>
#include <QList>

namespace bitloom {

/// The slots of a layer model as one list, in the model's order, without their groups; a name then
/// says its group, too. So they can be sorted across all blocks.
class FlatLayers : public QAbstractProxyModel {
    Q_OBJECT

public:
    using QAbstractProxyModel::QAbstractProxyModel;

    void setSourceModel(QAbstractItemModel* layers) override;

    QModelIndex mapFromSource(const QModelIndex& layer) const override;
    QModelIndex mapToSource(const QModelIndex& row) const override;
    QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    QModelIndex parent(const QModelIndex& child) const override;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    void collect();
    void forward(const QModelIndex& topLeft, const QModelIndex& bottomRight,
                 const QList<int>& roles);

    QList<QModelIndex> m_slots; ///< of the source, anew after every change of its rows
    QHash<QModelIndex, int> m_rows;
};

} // namespace bitloom

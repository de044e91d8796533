// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/layers/flat_layers.h"

#include "widgets/base/layer_roles.h"
#include "widgets/base/layer_selection.h"

namespace bitloom {

void FlatLayers::setSourceModel(QAbstractItemModel* layers)
{
    if (sourceModel())
        sourceModel()->disconnect(this);
    beginResetModel();
    QAbstractProxyModel::setSourceModel(layers);
    collect();
    endResetModel();
    if (!layers)
        return;
    const auto before = [this] { beginResetModel(); };
    const auto after = [this] {
        collect();
        endResetModel();
    };
    connect(layers, &QAbstractItemModel::modelAboutToBeReset, this, before);
    connect(layers, &QAbstractItemModel::modelReset, this, after);
    connect(layers, &QAbstractItemModel::rowsAboutToBeInserted, this, before);
    connect(layers, &QAbstractItemModel::rowsInserted, this, after);
    connect(layers, &QAbstractItemModel::rowsAboutToBeRemoved, this, before);
    connect(layers, &QAbstractItemModel::rowsRemoved, this, after);
    connect(layers, &QAbstractItemModel::layoutAboutToBeChanged, this, before);
    connect(layers, &QAbstractItemModel::layoutChanged, this, after);
    connect(layers, &QAbstractItemModel::dataChanged, this, &FlatLayers::forward);
    connect(layers, &QAbstractItemModel::headerDataChanged, this,
            [this](Qt::Orientation orientation, int first, int last) {
                if (orientation == Qt::Horizontal) // the rows are others here
                    emit headerDataChanged(orientation, first, last);
            });
}

void FlatLayers::collect()
{
    m_rows.clear();
    m_slots = sourceModel() ? slotRows(*sourceModel()) : QModelIndexList();
    for (int row = 0; row < m_slots.size(); ++row)
        m_rows.insert(m_slots[row], row);
}

void FlatLayers::forward(const QModelIndex& topLeft, const QModelIndex& bottomRight,
                         const QList<int>& roles)
{
    for (int row = topLeft.row(); row <= bottomRight.row(); ++row) {
        const QModelIndex slot = mapFromSource(topLeft.siblingAtRow(row).siblingAtColumn(0));
        if (slot.isValid())
            emit dataChanged(slot.siblingAtColumn(topLeft.column()),
                             slot.siblingAtColumn(bottomRight.column()), roles);
    }
}

QModelIndex FlatLayers::mapFromSource(const QModelIndex& layer) const
{
    const auto row = m_rows.constFind(layer.siblingAtColumn(0));
    return row == m_rows.cend() ? QModelIndex() : createIndex(*row, layer.column());
}

QModelIndex FlatLayers::mapToSource(const QModelIndex& row) const
{
    return row.isValid() ? m_slots.value(row.row()).siblingAtColumn(row.column()) : QModelIndex();
}

QModelIndex FlatLayers::index(int row, int column, const QModelIndex& parent) const
{
    return hasIndex(row, column, parent) ? createIndex(row, column) : QModelIndex();
}

QModelIndex FlatLayers::parent(const QModelIndex& /*child*/) const
{
    return {};
}

int FlatLayers::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_slots.size());
}

int FlatLayers::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() || !sourceModel() ? 0 : sourceModel()->columnCount();
}

QVariant FlatLayers::data(const QModelIndex& index, int role) const
{
    const QModelIndex slot = mapToSource(index);
    if (role != Qt::DisplayRole || index.column() != NameColumn || !slot.parent().isValid())
        return slot.data(role);
    return tr("%1 %2").arg(slot.parent().data().toString(), slot.data().toString());
}

QVariant FlatLayers::headerData(int section, Qt::Orientation orientation, int role) const
{
    return sourceModel() ? sourceModel()->headerData(section, orientation, role) : QVariant();
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/layer_selection.h"

#include "widgets/layer_roles.h"

#include <QAbstractItemModel>
#include <QSet>

namespace bitloom {

namespace {

template <class Visit>
void visitRows(const QAbstractItemModel& model, const QModelIndex& parent, Visit visit)
{
    for (int row = 0; row < model.rowCount(parent); ++row) {
        const QModelIndex index = model.index(row, 0, parent);
        visit(index);
        visitRows(model, index, visit);
    }
}

} // namespace

bool isSlotRow(const QModelIndex& index)
{
    return index.siblingAtColumn(0).data(SlotRole).isValid();
}

QModelIndexList slotRows(const QAbstractItemModel& model)
{
    QModelIndexList rows;
    visitRows(model, {}, [&](const QModelIndex& index) {
        if (isSlotRow(index))
            rows.append(index);
    });
    return rows;
}

QModelIndexList selectedSlots(const QItemSelectionModel& selection)
{
    QModelIndexList rows;
    if (!selection.model() || !selection.hasSelection())
        return rows;
    QSet<QModelIndex> chosen;
    for (const QItemSelectionRange& range : selection.selection())
        for (int row = range.top(); row <= range.bottom(); ++row)
            chosen.insert(range.model()->index(row, 0, range.parent()));
    visitRows(*selection.model(), {}, [&](const QModelIndex& index) {
        if (isSlotRow(index) && (chosen.contains(index) || chosen.contains(index.parent())))
            rows.append(index);
    });
    return rows;
}

QItemSelection rowSelection(const QModelIndexList& rows)
{
    QItemSelection selection;
    for (const QModelIndex& row : rows) {
        if (!row.isValid())
            continue;
        const QModelIndex first = row.siblingAtColumn(0);
        // Neighbours become one range: thousands of ranges make every later lookup slow.
        if (!selection.isEmpty() && selection.last().parent() == first.parent() &&
            selection.last().bottom() + 1 == first.row())
            selection.last() = QItemSelectionRange(
                selection.last().topLeft(),
                first.siblingAtColumn(row.model()->columnCount(first.parent()) - 1));
        else
            selection.append(QItemSelectionRange(
                first, first.siblingAtColumn(row.model()->columnCount(first.parent()) - 1)));
    }
    return selection;
}

} // namespace bitloom

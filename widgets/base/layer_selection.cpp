// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/base/layer_selection.h"

#include "widgets/base/layer_roles.h"

#include <QAbstractItemModel>
#include <QSet>

#include <algorithm>
#include <utility>

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
    const QModelIndexList selected = rowsOf(selection.selection());
    const QSet<QModelIndex> chosen(selected.begin(), selected.end());
    visitRows(*selection.model(), {}, [&](const QModelIndex& index) {
        if (isSlotRow(index) && (chosen.contains(index) || chosen.contains(index.parent())))
            rows.append(index);
    });
    return rows;
}

QModelIndexList rowsOf(const QItemSelection& selection)
{
    QModelIndexList rows;
    for (const QItemSelectionRange& range : selection) {
        const QModelIndex parent = range.parent();
        for (int row = range.top(); row <= range.bottom(); ++row)
            rows.append(range.model()->index(row, 0, parent));
    }
    return rows;
}

QItemSelection rowSelection(const QModelIndexList& rows)
{
    QModelIndexList sorted = rows;
    sorted.removeIf([](const QModelIndex& row) { return !row.isValid(); });
    std::sort(sorted.begin(), sorted.end(), [](const QModelIndex& a, const QModelIndex& b) {
        return std::pair(a.parent().row(), a.row()) < std::pair(b.parent().row(), b.row());
    });
    // Thousands of one-row ranges would make every later look at the selection slow.
    QItemSelection selection;
    for (qsizetype first = 0; first < sorted.size();) {
        const QModelIndex parent = sorted[first].parent();
        qsizetype last = first;
        while (last + 1 < sorted.size() && sorted[last + 1].row() <= sorted[last].row() + 1 &&
               sorted[last + 1].parent() == parent)
            ++last;
        const int columns = sorted[first].model()->columnCount(parent);
        selection.append(QItemSelectionRange(sorted[first].siblingAtColumn(0),
                                             sorted[last].siblingAtColumn(columns - 1)));
        first = last + 1;
    }
    return selection;
}

} // namespace bitloom

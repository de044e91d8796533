// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QItemSelectionModel>
#include <QModelIndexList>

namespace bitloom {

/// True for a row that stands for a slot; false for a group row.
bool isSlotRow(const QModelIndex& index);

/// Column-0 indexes of all slot rows of a layer model, in the model's order.
QModelIndexList slotRows(const QAbstractItemModel& model);

/// Column-0 indexes of the selected slot rows, in the model's order, each once. A selected group
/// row stands for all its slots.
QModelIndexList selectedSlots(const QItemSelectionModel& selection);

/// Column-0 indexes of the rows of a selection, range by range.
QModelIndexList rowsOf(const QItemSelection& selection);

/// Full rows of these indexes as a selection; neighbours become one range. Rows that are no longer
/// there are left out.
QItemSelection rowSelection(const QModelIndexList& rows);

} // namespace bitloom

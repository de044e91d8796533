// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QModelIndex>
#include <QString>

class QAbstractItemView;
class QHeaderView;

namespace bitloom {

/// From now on the tool tips of a view's cells and headers begin with the text of a cell that had
/// to be cut.
void showCutTexts(QAbstractItemView* view);

/// Whether a cell's text is cut.
bool isCellCut(const QAbstractItemView& view, const QModelIndex& index);
/// The tool tip of a cell under showCutTexts.
QString cellHint(const QAbstractItemView& view, const QModelIndex& index);
/// The same for a section of a header that lies on its side.
bool isSectionCut(const QHeaderView& header, int section);
QString sectionHint(const QHeaderView& header, int section);

} // namespace bitloom

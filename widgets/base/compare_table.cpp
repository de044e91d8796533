// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/base/compare_table.h"

#include "widgets/base/cut_texts.h"
#include "widgets/base/plot_style.h"
#include "widgets/base/text_table.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QKeyEvent>
#include <QPainter>

namespace bitloom {

CompareTable::CompareTable(const QString& objectName, const QString& label,
                           const QStringList& header, QWidget* parent)
    : QTableWidget(0, static_cast<int>(header.size()), parent)
{
    setObjectName(objectName);
    setAccessibleName(label);
    setHorizontalHeaderLabels(header);
    verticalHeader()->hide();
    setEditTriggers(NoEditTriggers);
    setSelectionBehavior(SelectRows);
    setTabKeyNavigation(false);
    setShowGrid(false);
    setAlternatingRowColors(true);
    horizontalHeader()->setHighlightSections(false);
    setTextElideMode(Qt::ElideMiddle); // names keep both of their ends
    showCutTexts(this);
}

void CompareTable::put(int row, int column, const QString& text, bool number)
{
    auto* cell = new QTableWidgetItem(text);
    cell->setTextAlignment((number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    setItem(row, column, cell);
}

void CompareTable::keyPressEvent(QKeyEvent* event)
{
    if (!event->matches(QKeySequence::Copy))
        return QTableWidget::keyPressEvent(event);
    TextTable table;
    for (int column = 0; column < columnCount(); ++column)
        table.header.append(horizontalHeaderItem(column)->text());
    const QModelIndexList chosen = selectionModel()->selectedRows();
    for (int row = 0; row < rowCount(); ++row) {
        if (!chosen.isEmpty() && !selectionModel()->isRowSelected(row))
            continue;
        QStringList cells;
        for (int column = 0; column < columnCount(); ++column)
            cells.append(item(row, column) ? item(row, column)->text() : QString());
        table.rows.append(cells);
    }
    QGuiApplication::clipboard()->setText(table.tabSeparated());
}

void CompareTable::paintEvent(QPaintEvent* event)
{
    QTableWidget::paintEvent(event);
    if (rowCount() > 0 || m_empty.isEmpty())
        return;
    QPainter painter(viewport());
    painter.setPen(PlotStyle::of(palette()).muted);
    painter.drawText(viewport()->rect().adjusted(12, 12, -12, -12),
                     Qt::AlignCenter | Qt::TextWordWrap, m_empty);
}

} // namespace bitloom

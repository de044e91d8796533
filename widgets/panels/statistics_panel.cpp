// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/statistics_panel.h"

#include "widgets/base/cut_texts.h"
#include "widgets/base/wrapped_label.h"

#include <QAction>
#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QKeyEvent>
#include <QTableWidget>
#include <QVBoxLayout>

namespace bitloom {

StatisticsPanel::StatisticsPanel(QWidget* parent)
    : QWidget(parent)
    , m_title(new WrappedLabel(this))
    , m_table(new QTableWidget(0, 2, this))
{
    setObjectName(QStringLiteral("statisticsPanel"));
    setAccessibleName(tr("Statistics"));
    m_title->setObjectName(QStringLiteral("statisticsTitle"));
    m_title->setMostLines(3);
    m_table->setObjectName(QStringLiteral("statisticsTable"));
    m_table->setAccessibleName(tr("Statistics"));
    m_table->setHorizontalHeaderLabels({tr("quantity"), tr("value")});
    m_table->horizontalHeader()->setStretchLastSection(true);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 6);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setAlternatingRowColors(true);
    m_table->setShowGrid(false);
    m_table->setTabKeyNavigation(false);
    m_table->setWordWrap(false);
    showCutTexts(m_table);
    m_table->installEventFilter(this);
    m_table->setContextMenuPolicy(Qt::ActionsContextMenu);
    auto* copy = new QAction(tr("Copy"), m_table);
    connect(copy, &QAction::triggered, this, &StatisticsPanel::copySelection);
    auto* csv = new QAction(tr("Export table (CSV)…"), m_table);
    connect(csv, &QAction::triggered, this, [this] {
        emit exportRequested(QStringLiteral("statistics.csv"), table(false).csv().toUtf8());
    });
    m_table->addActions({copy, csv});
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(4, 4, 4, 4);
    layout->addWidget(m_title);
    layout->addWidget(m_table, 1);
    setRows({}, {});
}

void StatisticsPanel::setRows(const QString& title, const QList<QPair<QString, QString>>& rows)
{
    m_title->setText(rows.isEmpty() ? tr("Select a layer to see its statistics.") : title);
    m_table->setVisible(!rows.isEmpty());
    m_table->setRowCount(static_cast<int>(rows.size()));
    for (int row = 0; row < m_table->rowCount(); ++row) {
        m_table->setItem(row, 0, new QTableWidgetItem(rows[row].first));
        m_table->setItem(row, 1, new QTableWidgetItem(rows[row].second));
    }
    m_table->resizeColumnToContents(0);
    m_title->setAlignment(rows.isEmpty() ? Qt::AlignCenter : Qt::AlignLeft | Qt::AlignVCenter);
}

TextTable StatisticsPanel::table(bool selectedOnly) const
{
    TextTable result;
    result.header = {tr("quantity"), tr("value")};
    for (int row = 0; row < m_table->rowCount(); ++row)
        if (!selectedOnly || m_table->item(row, 0)->isSelected())
            result.rows.append({m_table->item(row, 0)->text(), m_table->item(row, 1)->text()});
    return result;
}

void StatisticsPanel::copySelection()
{
    const bool some = !m_table->selectedItems().isEmpty();
    QGuiApplication::clipboard()->setText(table(some).tabSeparated());
}

bool StatisticsPanel::eventFilter(QObject* watched, QEvent* event)
{
    const bool key = event->type() == QEvent::ShortcutOverride || event->type() == QEvent::KeyPress;
    if (watched != m_table || !key || !static_cast<QKeyEvent*>(event)->matches(QKeySequence::Copy))
        return QWidget::eventFilter(watched, event);
    if (event->type() == QEvent::KeyPress)
        copySelection();
    event->accept();
    return true;
}

} // namespace bitloom

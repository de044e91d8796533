// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/base/table_dialog.h"

#include "widgets/base/cut_texts.h"

#include <QClipboard>
#include <QDialogButtonBox>
#include <QGuiApplication>
#include <QHeaderView>
#include <QPushButton>
#include <QTableWidget>
#include <QVBoxLayout>

namespace bitloom {

namespace {

void fill(QTableWidget& widget, const TextTable& table)
{
    widget.setColumnCount(static_cast<int>(table.header.size()));
    widget.setRowCount(static_cast<int>(table.rows.size()));
    widget.setHorizontalHeaderLabels(table.header);
    for (int row = 0; row < widget.rowCount(); ++row)
        for (int column = 0; column < widget.columnCount(); ++column)
            widget.setItem(row, column, new QTableWidgetItem(table.rows.at(row).value(column)));
}

} // namespace

TableDialog::TableDialog(const QString& title, TextTable table, QWidget* parent)
    : QDialog(parent)
    , m_content(std::move(table))
    , m_table(new QTableWidget(this))
{
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(title);
    setObjectName(QStringLiteral("tableDialog"));
    m_table->setObjectName(QStringLiteral("tableDialogTable"));
    m_table->setAccessibleName(title);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    fill(*m_table, m_content);
    m_table->setTextElideMode(Qt::ElideMiddle);
    showCutTexts(m_table);
    m_table->horizontalHeader()->setStretchLastSection(true);

    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    QPushButton* copy = buttons->addButton(tr("Copy all"), QDialogButtonBox::ActionRole);
    copy->setObjectName(QStringLiteral("tableDialogCopy"));
    copy->setAccessibleName(tr("Copy the whole table"));
    QPushButton* close = buttons->button(QDialogButtonBox::Close);
    close->setObjectName(QStringLiteral("tableDialogClose"));
    close->setAccessibleName(tr("Close"));
    connect(copy, &QPushButton::clicked, this, &TableDialog::copyAll);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::close);

    auto* layout = new QVBoxLayout(this);
    layout->addWidget(m_table);
    layout->addWidget(buttons);
    resize(fontMetrics().averageCharWidth() * 70, fontMetrics().height() * 24);
}

void TableDialog::copyAll() const
{
    QGuiApplication::clipboard()->setText(m_content.tabSeparated());
}

} // namespace bitloom

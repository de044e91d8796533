// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/recurrence_panel.h"

#include "widgets/base/cut_texts.h"
#include "widgets/base/figures.h"
#include "widgets/base/scrolling_layout.h"

#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QTableWidget>
#include <QVBoxLayout>

namespace bitloom {

namespace {

constexpr int kRowsInSight = 5;
constexpr int kNormIdRole = Qt::UserRole + 1;

QTableWidgetItem* number(const QString& text)
{
    auto* item = new QTableWidgetItem(text);
    item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
    return item;
}

QTableWidget* makeTable(QWidget* parent)
{
    auto* table = new QTableWidget(0, 4, parent);
    table->setObjectName(QStringLiteral("hiddenNorms"));
    table->setAccessibleName(QObject::tr("Spectral norms of the hidden matrices"));
    table->setHorizontalHeaderLabels({QObject::tr("hidden matrix"), QObject::tr("original"),
                                      QObject::tr("quantized"), QObject::tr("change")});
    table->setToolTip(QObject::tr("Spectral norm: how much a matrix stretches a hidden state at "
                                  "most, each time step. Above 1, errors may grow with time."));
    table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    table->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
    table->verticalHeader()->hide();
    table->verticalHeader()->setDefaultSectionSize(table->fontMetrics().height() + 6);
    table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setSelectionMode(QAbstractItemView::SingleSelection);
    table->setAlternatingRowColors(true);
    table->setShowGrid(false);
    table->setTabKeyNavigation(false);
    table->setWordWrap(false);
    table->setTextElideMode(Qt::ElideMiddle);
    showCutTexts(table);
    table->setMaximumHeight(table->verticalHeader()->defaultSectionSize() * (kRowsInSight + 1) + 8);
    return table;
}

} // namespace

RecurrencePanel::RecurrencePanel(QWidget* parent)
    : QWidget(parent)
    , m_empty(new QLabel(this))
    , m_content(new QWidget(this))
    , m_norms(makeTable(m_content))
    , m_measure(new QPushButton(tr("&Measure drift"), m_content))
    , m_plot(new DriftPlot(m_content))
{
    setObjectName(QStringLiteral("recurrencePanel"));
    setAccessibleName(tr("Recurrence"));
    m_empty->setObjectName(QStringLiteral("recurrenceEmpty"));
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    m_measure->setObjectName(QStringLiteral("measureDrift"));
    m_measure->setAccessibleName(tr("Measure the drift of the hidden states"));
    connect(m_measure, &QPushButton::clicked, this, &RecurrencePanel::measureRequested);
    // Clicked again, too: something else may have been chosen elsewhere meanwhile.
    connect(m_norms, &QTableWidget::cellClicked, this, &RecurrencePanel::chooseRow);
    connect(m_norms, &QTableWidget::itemSelectionChanged, this, &RecurrencePanel::chooseRow);
    auto* inner = new QVBoxLayout(m_content);
    inner->setContentsMargins(0, 0, 0, 0);
    inner->addWidget(m_norms);
    inner->addWidget(m_measure, 0, Qt::AlignLeft);
    inner->addWidget(m_plot, 1);
    QVBoxLayout* layout = scrollingLayout(this);
    layout->addWidget(m_empty);
    layout->addWidget(m_content, 1);
    setNorms({}, tr("Open a recurrent network to see what comes back through time."));
}

void RecurrencePanel::setNorms(const QList<NormRow>& rows, const QString& why)
{
    m_empty->setText(why);
    m_empty->setVisible(rows.isEmpty());
    m_content->setVisible(!rows.isEmpty());
    const QSignalBlocker quiet(m_norms); // nobody chose
    m_norms->setRowCount(static_cast<int>(rows.size()));
    for (int i = 0; i < m_norms->rowCount(); ++i) {
        const NormRow& row = rows[i];
        m_norms->setItem(i, 0, new QTableWidgetItem(row.name));
        m_norms->item(i, 0)->setData(kNormIdRole, row.id);
        m_norms->setItem(i, 1, number(plainFigure(row.norm, 4)));
        m_norms->setItem(i, 2, number(row.quantized ? plainFigure(*row.quantized, 4) : QString()));
        const bool compared = row.quantized && row.norm > 0;
        const double percent = compared ? 100 * (*row.quantized / row.norm - 1) : 0;
        m_norms->setItem(i, 3,
                         number(compared ? tr("%1 %").arg(plainFigureTo(percent, 1)) : QString()));
    }
}

void RecurrencePanel::chooseRow()
{
    const QTableWidgetItem* chosen = m_norms->item(m_norms->currentRow(), 0);
    if (chosen && m_norms->selectionModel()->hasSelection())
        emit rowChosen(chosen->data(kNormIdRole).toInt());
}

void RecurrencePanel::setDrift(const QList<DriftLine>& lines, const QString& why)
{
    m_plot->setLines(lines, why);
}

void RecurrencePanel::setMeasureEnabled(bool enabled, const QString& why)
{
    m_measure->setEnabled(enabled);
    m_measure->setToolTip(enabled ? QString() : why);
    m_measure->setAccessibleDescription(enabled ? QString() : why);
}

} // namespace bitloom

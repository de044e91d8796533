// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/lab_panel.h"

#include "widgets/base/compare_table.h"
#include "widgets/base/scrolling_layout.h"
#include "widgets/base/wrapped_label.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QSplitter>
#include <QVBoxLayout>

namespace bitloom {

namespace {

constexpr int kScoreLines = 6;
constexpr int kLabPlotLines = 10; ///< below these a plot of both logarithms cannot be read

} // namespace

LabPanel::LabPanel(QWidget* parent)
    : QWidget(parent)
    , m_subject(new QComboBox(this))
    , m_measure(new QPushButton(tr("&Measure"), this))
    , m_state(new WrappedLabel(this))
    , m_scores(
          new CompareTable(QStringLiteral("labScores"), tr("How well each metric ranks"), {}, this))
    , m_plot(new LabPlot(this))
{
    setObjectName(QStringLiteral("labPanel"));
    setAccessibleName(tr("Metric lab"));
    m_subject->setObjectName(QStringLiteral("labSubject"));
    m_subject->setAccessibleName(tr("What is tried"));
    m_subject->addItems({tr("Weights"), tr("Activations")});
    m_subject->setItemData(0, tr("Layers with fewer bits"), Qt::ToolTipRole);
    m_subject->setItemData(1, tr("Values between layers quantized"), Qt::ToolTipRole);
    connect(m_subject, &QComboBox::currentIndexChanged, this, &LabPanel::subjectChosen);
    m_measure->setObjectName(QStringLiteral("labMeasure"));
    m_measure->setAccessibleName(tr("Measure all metrics and the KL that they predict"));
    m_state->setObjectName(QStringLiteral("labState"));
    m_scores->setEmptyText(tr("Not measured yet."));
    m_scores->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_scores->setSelectionMode(QAbstractItemView::SingleSelection);
    connect(m_measure, &QPushButton::clicked, this, &LabPanel::measureRequested);
    connect(m_scores, &QTableWidget::itemSelectionChanged, this, &LabPanel::rowChosen);
    auto* top = new QHBoxLayout;
    top->addWidget(m_subject);
    top->addWidget(m_measure);
    top->addStretch(1);
    auto* split = new QSplitter(Qt::Vertical);
    split->setChildrenCollapsible(false);
    split->addWidget(m_scores);
    split->addWidget(m_plot);
    // In a low dock the panel scrolls.
    m_scores->setMinimumHeight(fontMetrics().height() * kScoreLines);
    m_plot->setMinimumHeight(fontMetrics().height() * kLabPlotLines);
    split->setStretchFactor(0, 2);
    split->setStretchFactor(1, 3);
    QVBoxLayout* layout = scrollingLayout(this);
    layout->addLayout(top);
    layout->addWidget(m_state);
    layout->addWidget(split, 1);
}

void LabPanel::setRows(const QStringList& header, const QList<LabRow>& rows)
{
    const QSignalBlocker quiet(m_scores); // one rowChosen at the end
    m_scores->setRowCount(0);
    m_scores->setColumnCount(static_cast<int>(header.size()));
    m_scores->setHorizontalHeaderLabels(header);
    m_scores->setRowCount(static_cast<int>(rows.size()));
    for (int row = 0; row < m_scores->rowCount(); ++row) {
        m_scores->put(row, 0, rows[row].name);
        m_scores->item(row, 0)->setToolTip(rows[row].formula);
        for (int cell = 0; cell < rows[row].cells.size(); ++cell)
            m_scores->put(row, cell + 1, rows[row].cells[cell], true);
    }
    m_scores->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    if (!rows.isEmpty())
        m_scores->selectRow(0);
    emit rowChosen();
}

void LabPanel::setState(bool canMeasure, const QString& sentence)
{
    m_measure->setEnabled(canMeasure);
    m_state->setText(sentence);
    m_measure->setAccessibleDescription(sentence);
}

bool LabPanel::showsActivations() const
{
    return m_subject->currentIndex() == 1;
}

int LabPanel::chosenRow() const
{
    return m_scores->currentRow();
}

} // namespace bitloom

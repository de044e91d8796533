// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/bar_plot.h"

#include "widgets/base/elided_combo.h"
#include "widgets/base/elided_label.h"
#include "widgets/base/icons.h"
#include "widgets/base/layer_roles.h"
#include "widgets/base/layer_selection.h"
#include "widgets/base/wrapped_label.h"
#include "widgets/plots/bar_canvas.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QToolButton>

namespace bitloom {

namespace {

constexpr int kMostSubtitleLines = 3; ///< so that it leaves the plot its room

} // namespace

BarPlot::BarPlot(const QString& stem, const QString& title, QWidget* parent)
    : QWidget(parent)
    , m_stem(stem)
    , m_canvas(new BarCanvas(stem, title, this))
    , m_subtitle(new WrappedLabel(this))
    , m_role(SensitivityRole)
    , m_axisLabel(tr("damage at 4 bits"))
{
    setObjectName(stem + QStringLiteral("Panel"));
    setAccessibleName(title);
    m_subtitle->setObjectName(stem + QStringLiteral("Subtitle"));
    m_subtitle->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_subtitle->setMostLines(kMostSubtitleLines);
    setSubtitle({});

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(4, 4, 4, 4);
    layout->setSpacing(4);
    layout->addWidget(buildTools(title));
    layout->addWidget(m_subtitle);
    layout->addWidget(m_canvas, 1);

    m_reload.setSingleShot(true);
    m_reload.setInterval(30);
    connect(&m_reload, &QTimer::timeout, this, &BarPlot::reload);
    connect(m_canvas, &BarCanvas::chosen, this, &BarPlot::choose);
    connect(m_canvas, &PlotBase::exportRequested, this, &BarPlot::exportRequested);
}

QToolButton* BarPlot::toolButton(const QString& name, const QString& text, const QString& label)
{
    auto* button = new QToolButton(this);
    button->setObjectName(m_stem + name);
    button->setText(text);
    button->setToolTip(label);
    button->setAccessibleName(label);
    button->setAutoRaise(true);
    return button;
}

QWidget* BarPlot::buildTools(const QString& title)
{
    auto* row = new QWidget(this);
    auto* label = new ElidedLabel(row);
    label->setText(title);
    QFont bold = label->font();
    bold.setBold(true);
    label->setFont(bold);
    m_byRole = toolButton(QStringLiteral("ByRole"), tr("by role"),
                          tr("One bar per role instead of one per layer"));
    QToolButton* log = toolButton(QStringLiteral("Log"), {}, tr("Logarithmic axis"));
    log->setIcon(glyph(QStringLiteral("logarithm")));
    QToolButton* reset = toolButton(QStringLiteral("Reset"), {}, tr("Reset zoom (Ctrl+0)"));
    reset->setIcon(glyph(QStringLiteral("reset")));
    m_byRole->setCheckable(true);
    log->setCheckable(true);

    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(label);
    layout->addWidget(buildMetrics(row), 1);
    layout->addStretch();
    for (QToolButton* button : {m_byRole, log, reset})
        layout->addWidget(button);
    connect(m_byRole, &QToolButton::toggled, this, &BarPlot::reload);
    connect(log, &QToolButton::toggled, m_canvas, &BarCanvas::setLogScale);
    connect(reset, &QToolButton::clicked, m_canvas, &PlotBase::resetView);
    return row;
}

QWidget* BarPlot::buildMetrics(QWidget* parent)
{
    m_metrics = new ElidedCombo(parent);
    m_metrics->setObjectName(m_stem + QStringLiteral("Metric"));
    m_metrics->setAccessibleName(tr("Metric of the bars"));
    m_metrics->setMaximumWidth(fontMetrics().averageCharWidth() * 40);
    m_metrics->hide();
    connect(m_metrics, &QComboBox::activated, this,
            [this](int row) { emit metricChosen(m_metrics->itemData(row).toString()); });
    return m_metrics;
}

void BarPlot::setMetrics(const QList<BarMetric>& metrics, const QString& chosen)
{
    m_metrics->clear();
    for (const BarMetric& metric : metrics) {
        m_metrics->addItem(metric.title, metric.id);
        m_metrics->setItemData(m_metrics->count() - 1, metric.help, Qt::ToolTipRole);
    }
    m_metrics->setCurrentIndex(m_metrics->findData(chosen));
    m_metrics->setVisible(!metrics.isEmpty());
}

void BarPlot::setModel(QAbstractItemModel* model)
{
    if (m_model)
        m_model->disconnect(&m_reload);
    m_model = model;
    if (model) {
        const auto soon = qOverload<>(&QTimer::start);
        connect(model, &QAbstractItemModel::dataChanged, &m_reload, soon);
        connect(model, &QAbstractItemModel::rowsInserted, &m_reload, soon);
        connect(model, &QAbstractItemModel::rowsRemoved, &m_reload, soon);
        connect(model, &QAbstractItemModel::layoutChanged, &m_reload, soon);
        connect(model, &QAbstractItemModel::modelReset, &m_reload, soon);
    }
    reload();
}

void BarPlot::setSelectionModel(QItemSelectionModel* selection)
{
    if (m_selection)
        m_selection->disconnect(this);
    m_selection = selection;
    if (selection)
        connect(selection, &QItemSelectionModel::selectionChanged, this, &BarPlot::showSelection);
    showSelection();
}

void BarPlot::setQuantity(int role, const QString& axisLabel)
{
    m_role = role;
    m_axisLabel = axisLabel;
    reload();
}

void BarPlot::setSubtitle(const QString& text)
{
    m_subtitle->setText(text);
    m_subtitle->setVisible(!text.isEmpty());
}

void BarPlot::setEmptyText(const QString& text)
{
    m_canvas->setEmptySentence(text);
}

void BarPlot::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    if (m_stale)
        reload();
}

void BarPlot::reload()
{
    m_stale = !isVisible();
    if (m_stale)
        return;
    m_rowsOfBar.clear();
    const QModelIndexList rows = m_model ? slotRows(*m_model) : QModelIndexList();
    if (m_byRole->isChecked())
        collectByRole(rows);
    else
        collectBySlot(rows);
    showSelection();
}

void BarPlot::collectBySlot(const QModelIndexList& rows)
{
    QList<Bar> bars;
    for (const QModelIndex& row : rows) {
        const QVariant value = row.data(m_role);
        if (!value.isValid() && row.data(QuantizableRole) == QVariant(false))
            continue;
        Bar bar{row.data().toString(), row.parent().data().toString(), std::nullopt};
        if (bar.group.isEmpty())
            bar.group = bar.name;
        else
            bar.name = tr("%1 %2").arg(bar.group, bar.name);
        if (value.isValid())
            bar.value = value.toDouble();
        bars.append(bar);
        m_rowsOfBar.append({QPersistentModelIndex(row)});
    }
    m_canvas->setBars(bars, m_axisLabel);
}

void BarPlot::collectByRole(const QModelIndexList& rows)
{
    QList<Bar> bars;
    QHash<QString, qsizetype> place;
    for (const QModelIndex& row : rows) {
        const QVariant value = row.data(m_role);
        if (!value.isValid())
            continue;
        const QString kind = row.data(KindRole).toString();
        if (!place.contains(kind)) {
            place.insert(kind, bars.size());
            bars.append({kind, kind, 0.0});
            m_rowsOfBar.append(QList<QPersistentModelIndex>());
        }
        Bar& bar = bars[place.value(kind)];
        bar.value = *bar.value + value.toDouble();
        m_rowsOfBar[place.value(kind)].append(row);
    }
    m_canvas->setBars(bars, m_axisLabel);
}

void BarPlot::showSelection()
{
    if (m_stale)
        return;
    QSet<int> bars;
    if (m_selection) {
        const QModelIndexList rows = selectedSlots(*m_selection);
        const QSet<QModelIndex> selected(rows.begin(), rows.end());
        for (int i = 0; i < m_rowsOfBar.size(); ++i)
            if (std::any_of(m_rowsOfBar[i].begin(), m_rowsOfBar[i].end(),
                            [&](const QModelIndex& row) { return selected.contains(row); }))
                bars.insert(i);
    }
    m_canvas->setSelected(bars);
}

void BarPlot::choose(const QList<int>& bars, bool add, bool toggle)
{
    if (!m_selection)
        return;
    QModelIndexList rows;
    for (const int bar : bars)
        for (const QPersistentModelIndex& row : m_rowsOfBar.value(bar))
            rows.append(row);
    QItemSelectionModel::SelectionFlags flags = QItemSelectionModel::ClearAndSelect;
    if (add)
        flags = QItemSelectionModel::Select;
    if (toggle) // a bar of several layers goes off only as a whole
        flags = m_canvas->selectedBars().contains(bars.value(0, -1)) ? QItemSelectionModel::Deselect
                                                                     : QItemSelectionModel::Select;
    m_selection->select(rowSelection(rows), flags);
    if (!rows.isEmpty())
        m_selection->setCurrentIndex(rows.last(), QItemSelectionModel::NoUpdate);
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/layers/layer_tree.h"

#include "widgets/base/cut_texts.h"
#include "widgets/base/layer_roles.h"
#include "widgets/base/layer_selection.h"
#include "widgets/layers/bit_strip.h"
#include "widgets/layers/filter_bar.h"
#include "widgets/layers/layer_columns.h"
#include "widgets/layers/layer_delegate.h"
#include "widgets/layers/layer_filter.h"
#include "widgets/layers/selection_link.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QLineEdit>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>

namespace bitloom {

namespace {

constexpr int kFlashMs = 1200;
constexpr int kMostRowsExpanded = 600; ///< larger models open with closed groups

/// Tells the link what the hand of the user does.
class LayerView : public QTreeView {
public:
    LayerView(SelectionLink* link, QWidget* parent)
        : QTreeView(parent)
        , m_link(link)
    {
    }

protected:
    QItemSelectionModel::SelectionFlags selectionCommand(const QModelIndex& index,
                                                         const QEvent* event) const override
    {
        const QItemSelectionModel::SelectionFlags how = QTreeView::selectionCommand(index, event);
        m_link->userSelects(how);
        return how;
    }

private:
    SelectionLink* m_link;
};

} // namespace

LayerTree::LayerTree(QWidget* parent)
    : QWidget(parent)
    , m_proxy(new LayerFilter(this))
    , m_link(new SelectionLink(m_proxy, this))
    , m_view(new LayerView(m_link, this))
    , m_columns(new LayerColumns(m_view))
    , m_delegate(new LayerDelegate(this))
    , m_filter(new FilterBar(this))
    , m_strip(new BitStrip(this))
{
    setObjectName(QStringLiteral("layerPanel"));
    setAccessibleName(tr("Layers"));
    buildTree();
    m_link->setView(m_view->selectionModel());

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(4, 4, 4, 4);
    layout->setSpacing(4);
    layout->addWidget(m_filter);
    layout->addWidget(m_view, 1);
    layout->addWidget(m_strip);
    filterEdit()->installEventFilter(this);

    m_refresh.setSingleShot(true);
    m_refresh.setInterval(20);
    connect(&m_refresh, &QTimer::timeout, this, &LayerTree::modelChanged);
    showNote({});
    m_flash.setStartValue(1.0);
    m_flash.setEndValue(0.0);
    m_flash.setDuration(kFlashMs);
    connect(&m_flash, &QVariantAnimation::valueChanged, this, [this](const QVariant& strength) {
        m_delegate->setFlash(strength.toDouble());
        m_view->viewport()->update();
    });
    connect(m_filter, &FilterBar::changed, this, &LayerTree::filterChanged);
    connect(m_strip, &BitStrip::schemeChosen, this, &LayerTree::schemeChosen);
}

void LayerTree::buildTree()
{
    m_view->setObjectName(QStringLiteral("layerTree"));
    m_view->setAccessibleName(tr("Layers"));
    m_view->setModel(m_proxy);
    m_view->setItemDelegate(m_delegate);
    m_view->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_view->setUniformRowHeights(true);
    m_view->setAlternatingRowColors(true);
    m_view->setAllColumnsShowFocus(true);
    m_view->setSortingEnabled(true);
    m_view->setContextMenuPolicy(Qt::CustomContextMenu);
    m_view->setTextElideMode(Qt::ElideMiddle); // names keep both of their ends
    showCutTexts(m_view);
    m_view->installEventFilter(this);
    connect(m_view->header(), &QHeaderView::sortIndicatorChanged, this, &LayerTree::sorted);
    connect(m_view, &QWidget::customContextMenuRequested, this, &LayerTree::showMenu);
}

void LayerTree::setModel(QAbstractItemModel* model)
{
    if (m_proxy->layers())
        m_proxy->layers()->disconnect(&m_refresh);
    m_proxy->setFlat(false);
    m_proxy->setSourceModel(model);
    sorted(m_view->header()->sortIndicatorSection());
    if (model) {
        const auto soon = qOverload<>(&QTimer::start);
        connect(model, &QAbstractItemModel::dataChanged, &m_refresh, soon);
        connect(model, &QAbstractItemModel::rowsInserted, &m_refresh, soon);
        connect(model, &QAbstractItemModel::rowsRemoved, &m_refresh, soon);
        connect(model, &QAbstractItemModel::modelReset, this, [this] {
            modelChanged();
            expandAll();
            m_columns->follow();
        });
    }
    modelChanged();
    expandAll();
    m_columns->showDefaults();
}

bool LayerTree::isFlat() const
{
    return m_proxy->isFlat();
}

void LayerTree::sorted(int column)
{
    setFlat(column > NameColumn);
}

void LayerTree::setFlat(bool flat)
{
    const QAbstractItemModel* layers = m_proxy->layers();
    if (flat == isFlat() || !layers)
        return;
    if (flat) {
        m_closed.clear();
        for (int row = 0; row < layers->rowCount(); ++row) {
            const QModelIndex group = layers->index(row, 0);
            if (!m_view->isExpanded(m_proxy->mapFromSource(group)))
                m_closed.append(group);
        }
    }
    m_proxy->setFlat(flat);
    m_view->setRootIsDecorated(!flat);
    for (int row = 0; !flat && row < layers->rowCount(); ++row) {
        const QModelIndex group = layers->index(row, 0);
        m_view->setExpanded(m_proxy->mapFromSource(group), !m_closed.contains(group));
    }
    m_link->settle();
    if (m_view->currentIndex().isValid())
        m_view->scrollTo(m_view->currentIndex());
}

void LayerTree::setSelectionModel(QItemSelectionModel* selection)
{
    if (m_selection)
        m_selection->disconnect(this);
    m_selection = selection;
    m_link->setShared(selection);
    if (selection)
        connect(selection, &QItemSelectionModel::selectionChanged, this, &LayerTree::showCount);
    showCount();
}

void LayerTree::modelChanged()
{
    double greatest = 0;
    bool quantized = false;
    if (m_proxy->layers())
        for (const QModelIndex& row : slotRows(*m_proxy->layers())) {
            greatest = std::max(greatest, row.data(SensitivityRole).toDouble());
            quantized = quantized || !row.siblingAtColumn(InputsColumn).data().toString().isEmpty();
        }
    if (greatest != m_delegate->greatest()) {
        m_delegate->setGreatest(greatest);
        m_view->viewport()->update();
    }
    m_columns->setInputsQuantized(quantized);
    m_columns->follow();
    showCount();
    if (m_filter->pattern().isEmpty())
        showNote({});
}

void LayerTree::expandAll()
{
    const bool small =
        m_proxy->layers() && slotRows(*m_proxy->layers()).size() <= kMostRowsExpanded;
    if (small || !m_filter->pattern().isEmpty())
        m_view->expandAll();
}

void LayerTree::filterChanged()
{
    m_proxy->setChangedOnly(m_filter->changedOnly());
    showNote(m_proxy->setPattern(m_filter->pattern(), m_filter->isRegex()));
    m_link->settle();
    expandAll();
    showCount();
}

void LayerTree::showNote(const QString& wrongPattern)
{
    const QAbstractItemModel* model = m_proxy->layers();
    if (!wrongPattern.isEmpty())
        m_filter->setNote(wrongPattern);
    else if (!model || model->rowCount() == 0)
        m_filter->setNote(tr("Open a model to see its layers."));
    else
        m_filter->setNote(m_proxy->rowCount() == 0 ? tr("No layer fits the filter.") : QString());
}

void LayerTree::flashChanged()
{
    m_flash.stop();
    m_flash.start();
}

void LayerTree::setChangedOnly(bool on)
{
    m_filter->setChangedOnly(on);
}

QLineEdit* LayerTree::filterEdit() const
{
    return m_filter->edit();
}

void LayerTree::showCount()
{
    const QModelIndexList rows = m_selection ? selectedSlots(*m_selection) : QModelIndexList();
    const auto fixed = std::count_if(rows.begin(), rows.end(), [](const QModelIndex& row) {
        return row.data(QuantizableRole) == QVariant(false);
    });
    m_strip->setSelectedCount(static_cast<int>(rows.size() - fixed), static_cast<int>(fixed),
                              m_link->hidden());
}

void LayerTree::focusFilter()
{
    filterEdit()->setFocus(Qt::ShortcutFocusReason);
    filterEdit()->selectAll();
}

void LayerTree::addMenuAction(QAction* action)
{
    m_extraActions.append(action);
}

TextTable LayerTree::table(bool selectedOnly) const
{
    TextTable result;
    result.header.append(tr("group"));
    for (int column = 0; column < m_proxy->columnCount(); ++column)
        result.header.append(m_proxy->headerData(column, Qt::Horizontal).toString());
    for (const QModelIndex& row : slotRows(*m_proxy)) {
        if (selectedOnly && !m_view->selectionModel()->isSelected(row))
            continue;
        const QModelIndex layer = m_proxy->toLayers(row);
        QStringList cells{layer.parent().data().toString()};
        for (int column = 0; column < m_proxy->columnCount(); ++column)
            cells.append(layer.siblingAtColumn(column).data().toString());
        result.rows.append(cells);
    }
    return result;
}

void LayerTree::copySelection()
{
    QGuiApplication::clipboard()->setText(table(true).tabSeparated());
}

void LayerTree::exportCsv()
{
    emit exportRequested(QStringLiteral("layers.csv"), table(false).csv().toUtf8());
}

} // namespace bitloom

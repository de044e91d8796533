// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/layer_tree.h"

#include "widgets/bit_keys.h"
#include "widgets/bit_strip.h"
#include "widgets/cut_texts.h"
#include "widgets/filter_bar.h"
#include "widgets/icons.h"
#include "widgets/layer_delegate.h"
#include "widgets/layer_filter.h"
#include "widgets/layer_roles.h"
#include "widgets/layer_selection.h"
#include "widgets/selection_link.h"

#include <QAction>
#include <QClipboard>
#include <QCoreApplication>
#include <QGuiApplication>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLineEdit>
#include <QMenu>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>

namespace bitloom {

namespace {

constexpr int kFlashMs = 1200;
constexpr int kMostRowsExpanded = 600; ///< larger models open with closed groups

bool isFind(const QKeyEvent* event)
{
    return event->matches(QKeySequence::Find);
}

/// What is about as wide as anything that stands in a column.
QString widest(int column)
{
    switch (column) {
    case BitsColumn:
        return QStringLiteral("16.00");
    case SchemeColumn:
        return QStringLiteral("q6_k"); // longer ones widen it when they come
    case InputsColumn:
        return QStringLiteral("int8-token-sym");
    case MethodColumn:
        return QStringLiteral("gptq");
    case SensitivityColumn:
        return QStringLiteral("0.0000");
    case ErrorColumn:
        return QStringLiteral("≈ 00.0 %");
    case SizeColumn:
        return QStringLiteral("000.00 KiB");
    default:
        return QStringLiteral("00000 × 0000");
    }
}

constexpr int kNameCharacters = 26;     ///< seen of a name at first
constexpr int kMostNameCharacters = 60; ///< of which a longer one gives way in the middle

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

bool movesInTree(int key)
{
    return key == Qt::Key_Up || key == Qt::Key_Down || key == Qt::Key_PageUp ||
           key == Qt::Key_PageDown;
}

} // namespace

LayerTree::LayerTree(QWidget* parent)
    : QWidget(parent)
    , m_proxy(new LayerFilter(this))
    , m_link(new SelectionLink(m_proxy, this))
    , m_view(new LayerView(m_link, this))
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
    m_view->viewport()->installEventFilter(this);
    QHeaderView* header = m_view->header();
    header->setObjectName(QStringLiteral("layerHeader"));
    header->setAccessibleName(tr("Columns of the layers"));
    header->setSortIndicatorClearable(true);
    header->setSortIndicator(-1, Qt::AscendingOrder);
    header->setContextMenuPolicy(Qt::CustomContextMenu);
    header->setStretchLastSection(false); // what is left over is for the names
    connect(header, &QHeaderView::sortIndicatorChanged, this, &LayerTree::sorted);
    connect(header, &QHeaderView::sectionResized, this, [this](int column) {
        if (QGuiApplication::mouseButtons() != Qt::NoButton)
            (column == NameColumn ? m_namesByHand : m_byHand) = true;
    });
    connect(m_view, &QWidget::customContextMenuRequested, this, &LayerTree::showMenu);
    connect(header, &QWidget::customContextMenuRequested, this, &LayerTree::showColumnMenu);
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
            giveRestToNames();
        });
    }
    m_view->setColumnHidden(InputsColumn, true);
    modelChanged();
    expandAll();
    showDefaultColumns();
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
    if (m_proxy->layers())
        for (const QModelIndex& row : slotRows(*m_proxy->layers()))
            greatest = std::max(greatest, row.data(SensitivityRole).toDouble());
    if (greatest != m_delegate->greatest()) {
        m_delegate->setGreatest(greatest);
        m_view->viewport()->update();
    }
    showInputs();
    growColumns();
    giveRestToNames();
    showCount();
    if (m_filter->pattern().isEmpty())
        showNote({});
}

/// The column of inputs comes when some are rounded, and goes when none are any more.
void LayerTree::showInputs()
{
    bool rounded = false;
    if (m_proxy->layers())
        for (const QModelIndex& row : slotRows(*m_proxy->layers()))
            rounded = rounded || !row.siblingAtColumn(InputsColumn).data().toString().isEmpty();
    if (rounded == m_inputsRounded)
        return;
    m_inputsRounded = rounded;
    m_view->setColumnHidden(InputsColumn, !rounded);
    giveRestToNames();
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

QByteArray LayerTree::saveHeader() const
{
    return m_view->header()->saveState();
}

bool LayerTree::restoreHeader(const QByteArray& state)
{
    const bool restored = m_view->header()->restoreState(state);
    m_view->setColumnHidden(InputsColumn, !m_inputsRounded);
    return restored;
}

void LayerTree::showDefaultColumns()
{
    m_namesByHand = m_byHand = false;
    const int beside = 2 * style()->pixelMetric(QStyle::PM_FocusFrameHMargin, nullptr, this) + 6;
    for (int column = NameColumn; column < m_proxy->columnCount(); ++column) {
        m_view->setColumnHidden(column, column == InputsColumn && !m_inputsRounded);
        if (column != NameColumn)
            m_view->header()->resizeSection(
                column, std::max(fontMetrics().horizontalAdvance(widest(column)) + beside,
                                 m_view->header()->sectionSizeHint(column)));
    }
    growColumns();
    giveRestToNames();
}

/// What came meanwhile and is wider than its column, in the rows in sight; by hand is by hand.
void LayerTree::growColumns()
{
    if (m_byHand)
        return;
    const QAbstractItemView& view = *m_view;
    for (int column = BitsColumn; column < m_proxy->columnCount(); ++column)
        if (!m_view->isColumnHidden(column) &&
            view.sizeHintForColumn(column) > m_view->columnWidth(column))
            m_view->setColumnWidth(column, view.sizeHintForColumn(column));
}

/// Names get what the other columns leave, but never less than they need at first; what does not
/// fit beside them then, the shape before all, is scrolled to.
void LayerTree::giveRestToNames()
{
    QHeaderView* header = m_view->header();
    if (header->count() == 0 || m_namesByHand)
        return;
    const QAbstractItemView& view = *m_view;
    const int character = fontMetrics().averageCharWidth();
    const int needed = std::clamp(view.sizeHintForColumn(NameColumn), kNameCharacters * character,
                                  kMostNameCharacters * character);
    const int least =
        std::min(needed, std::max(kNameCharacters * character, m_view->viewport()->width() / 2));
    const int others = header->length() - header->sectionSize(NameColumn);
    header->resizeSection(NameColumn, std::max(least, m_view->viewport()->width() - others));
}

void LayerTree::showMenu(const QPoint& position)
{
    auto* menu = new QMenu(this);
    menu->setObjectName(QStringLiteral("layerMenu"));
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->setToolTipsVisible(true);
    menu->addActions(m_extraActions);
    if (!m_extraActions.isEmpty())
        menu->addSeparator();
    menu->addAction(glyph(QStringLiteral("copy")), tr("Copy rows\tCtrl+C"), this,
                    &LayerTree::copySelection);
    menu->addAction(tr("Export table (CSV)…"), this, &LayerTree::exportCsv);
    menu->addSeparator();
    menu->addAction(glyph(QStringLiteral("lock")), tr("Lock"), this,
                    [this] { emit lockRequested(true); });
    menu->addAction(glyph(QStringLiteral("unlock")), tr("Unlock"), this,
                    [this] { emit lockRequested(false); });
    menu->addSeparator();
    QAction* grouped = menu->addAction(tr("Group by block"), this, [this] {
        m_view->header()->setSortIndicator(-1, Qt::AscendingOrder);
    });
    grouped->setObjectName(QStringLiteral("groupByBlock"));
    grouped->setCheckable(true);
    grouped->setChecked(!isFlat());
    grouped->setEnabled(isFlat());
    grouped->setToolTip(tr("Sorted by a figure, the layers stand in one list"));
    for (QAction* action :
         {menu->addAction(tr("Open all groups"), m_view, &QTreeView::expandAll),
          menu->addAction(tr("Close all groups"), m_view, &QTreeView::collapseAll)})
        action->setEnabled(!isFlat());
    menu->popup(m_view->viewport()->mapToGlobal(position));
}

void LayerTree::showColumnMenu(const QPoint& position)
{
    auto* menu = new QMenu(this);
    menu->setObjectName(QStringLiteral("layerColumnMenu"));
    menu->setAttribute(Qt::WA_DeleteOnClose);
    for (int column = 1; column < m_proxy->columnCount(); ++column) {
        QAction* action = menu->addAction(m_proxy->headerData(column, Qt::Horizontal).toString());
        action->setCheckable(true);
        action->setChecked(!m_view->isColumnHidden(column));
        connect(action, &QAction::toggled, this, [this, column](bool on) {
            m_view->setColumnHidden(column, !on);
            giveRestToNames();
        });
    }
    menu->popup(m_view->header()->mapToGlobal(position));
}

bool LayerTree::keyInTree(QKeyEvent* event)
{
    if (const int bits = BitKeys::bitsOf(event); bits >= 0)
        emit bitsKeyPressed(bits);
    else if (event->matches(QKeySequence::Copy))
        copySelection();
    else if (isFind(event))
        focusFilter();
    else
        return false;
    return true;
}

bool LayerTree::keyInFilter(QKeyEvent* event)
{
    const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (isFind(event)) {
        focusFilter();
    } else if (enter) {
        m_view->setFocus(Qt::ShortcutFocusReason);
        if (!m_view->currentIndex().isValid())
            m_view->setCurrentIndex(m_proxy->index(0, 0));
    } else if (movesInTree(event->key())) {
        QCoreApplication::sendEvent(m_view, event);
    } else if (event->key() == Qt::Key_Escape && !m_filter->pattern().isEmpty()) {
        filterEdit()->clear();
    } else {
        return false;
    }
    return true;
}

bool LayerTree::takesKey(const QObject* watched, const QKeyEvent* event) const
{
    if (isFind(event))
        return true;
    if (watched == filterEdit())
        return event->key() == Qt::Key_Escape && !m_filter->pattern().isEmpty();
    return BitKeys::bitsOf(event) >= 0 || event->matches(QKeySequence::Copy);
}

bool LayerTree::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_view->viewport() && event->type() == QEvent::Resize)
        giveRestToNames();
    if (watched != m_view && watched != filterEdit())
        return QWidget::eventFilter(watched, event);
    // Accepting the override keeps a window-wide shortcut of the same keys from stealing them.
    if (event->type() == QEvent::ShortcutOverride &&
        takesKey(watched, static_cast<QKeyEvent*>(event))) {
        event->accept();
        return true;
    }
    if (event->type() == QEvent::KeyPress) {
        auto* key = static_cast<QKeyEvent*>(event);
        if (watched == m_view ? keyInTree(key) : keyInFilter(key))
            return true;
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace bitloom

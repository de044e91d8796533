// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/layers/layer_columns.h"

#include "widgets/base/layer_roles.h"

#include <QEvent>
#include <QGuiApplication>
#include <QHeaderView>
#include <QMenu>
#include <QScopedValueRollback>
#include <QTreeView>

#include <algorithm>
#include <array>

namespace bitloom {

namespace {

constexpr int kNameCharacters = 26;     ///< seen of a name at first
constexpr int kMostNameCharacters = 60; ///< of which a longer one gives way in the middle

/// By how much they are looked at; those in front of the method are seen without scrolling.
constexpr std::array kOrder = {NameColumn,        BitsColumn,   SchemeColumn,
                               SensitivityColumn, MethodColumn, ErrorColumn,
                               SizeColumn,        InputsColumn, ShapeColumn};
static_assert(kOrder.size() == LayerColumnCount);

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

/// What a title and the arrow beside it take: Qt counts its letters as bold, which they are not.
int titleWidth(const QHeaderView& header, int column)
{
    const QString title = header.model()->headerData(column, Qt::Horizontal).toString();
    QFont bold = header.font();
    bold.setBold(true);
    return header.sectionSizeHint(column) - QFontMetrics(bold).horizontalAdvance(title) +
           header.fontMetrics().horizontalAdvance(title);
}

} // namespace

LayerColumns::LayerColumns(QTreeView* view)
    : QObject(view)
    , m_view(view)
{
    QHeaderView* header = view->header();
    header->setObjectName(QStringLiteral("layerHeader"));
    header->setAccessibleName(tr("Columns of the layers"));
    header->setSortIndicatorClearable(true);
    header->setSortIndicator(-1, Qt::AscendingOrder);
    header->setContextMenuPolicy(Qt::CustomContextMenu);
    header->setStretchLastSection(false); // what is left over is for the names
    connect(header, &QHeaderView::sectionResized, this, [this](int column) {
        if (!m_resizing && QGuiApplication::mouseButtons() != Qt::NoButton)
            (column == NameColumn ? m_namesByHand : m_byHand) = true;
    });
    connect(header, &QWidget::customContextMenuRequested, this, &LayerColumns::showMenu);
    view->viewport()->installEventFilter(this);
}

int LayerColumns::columns() const
{
    return m_view->header()->count();
}

QByteArray LayerColumns::save() const
{
    return m_view->header()->saveState();
}

bool LayerColumns::restore(const QByteArray& state)
{
    const bool restored = m_view->header()->restoreState(state);
    m_view->setColumnHidden(InputsColumn, !m_inputsQuantized);
    return restored;
}

void LayerColumns::showDefaults()
{
    m_namesByHand = m_byHand = false;
    QHeaderView* header = m_view->header();
    const QFontMetrics metrics = m_view->fontMetrics();
    const int beside =
        2 * m_view->style()->pixelMetric(QStyle::PM_FocusFrameHMargin, nullptr, m_view) + 6;
    for (int place = 0; place < columns(); ++place) {
        const int column = kOrder.at(static_cast<size_t>(place));
        header->moveSection(header->visualIndex(column), place);
        m_view->setColumnHidden(column, column == InputsColumn && !m_inputsQuantized);
        if (column != NameColumn)
            resizeColumn(column, std::max(metrics.horizontalAdvance(widest(column)) + beside,
                                          titleWidth(*header, column)));
    }
    follow();
}

void LayerColumns::resizeColumn(int column, int width)
{
    const QScopedValueRollback resizing(m_resizing, true);
    m_view->header()->resizeSection(column, width);
}

void LayerColumns::follow()
{
    grow();
    giveRestToNames();
}

void LayerColumns::setInputsQuantized(bool quantized)
{
    if (quantized == m_inputsQuantized)
        return;
    m_inputsQuantized = quantized;
    m_view->setColumnHidden(InputsColumn, !quantized);
    giveRestToNames();
}

/// What came meanwhile and is wider than its column, in the rows in sight; by hand is by hand.
void LayerColumns::grow()
{
    if (m_byHand)
        return;
    const QAbstractItemView& view = *m_view;
    for (int column = BitsColumn; column < columns(); ++column)
        if (!m_view->isColumnHidden(column) &&
            view.sizeHintForColumn(column) > m_view->columnWidth(column))
            resizeColumn(column, view.sizeHintForColumn(column));
}

int LayerColumns::widthOfFigures() const
{
    int width = 0;
    for (const int column : {BitsColumn, SchemeColumn, SensitivityColumn})
        width += m_view->columnWidth(column); // 0 where it is hidden
    return width;
}

int LayerColumns::widthOfWhole(int room) const
{
    const QHeaderView* header = m_view->header();
    int width = 0;
    for (int place = 0; place < columns(); ++place) {
        const int column = header->logicalIndex(place);
        if (column == NameColumn)
            continue;
        if (width + m_view->columnWidth(column) > room)
            break;
        width += m_view->columnWidth(column);
    }
    return width;
}

/// Names get what the columns leave that are seen whole, but never less than they need at first
/// where the figures that are seen without scrolling leave them that.
void LayerColumns::giveRestToNames()
{
    if (columns() == 0 || m_namesByHand)
        return;
    const QAbstractItemView& view = *m_view;
    const int character = m_view->fontMetrics().averageCharWidth();
    const int room = m_view->viewport()->width();
    const int few = kNameCharacters * character;
    const int needed =
        std::clamp(view.sizeHintForColumn(NameColumn), few, kMostNameCharacters * character);
    const int least = std::min(needed, std::max(few, room - widthOfFigures()));
    resizeColumn(NameColumn, std::max(least, room - widthOfWhole(room - least)));
}

void LayerColumns::showMenu(const QPoint& position)
{
    auto* menu = new QMenu(m_view);
    menu->setObjectName(QStringLiteral("layerColumnMenu"));
    menu->setAttribute(Qt::WA_DeleteOnClose);
    const QHeaderView* header = m_view->header();
    for (int place = 0; place < columns(); ++place) {
        const int column = header->logicalIndex(place);
        if (column == NameColumn)
            continue;
        QAction* action =
            menu->addAction(header->model()->headerData(column, Qt::Horizontal).toString());
        action->setCheckable(true);
        action->setChecked(!m_view->isColumnHidden(column));
        connect(action, &QAction::toggled, this, [this, column](bool on) {
            m_view->setColumnHidden(column, !on);
            giveRestToNames();
        });
    }
    menu->popup(header->mapToGlobal(position));
}

bool LayerColumns::eventFilter(QObject* watched, QEvent* event)
{
    // The viewport hears of other things while the view goes, and is no view any more.
    if (event->type() == QEvent::Resize)
        giveRestToNames();
    return QObject::eventFilter(watched, event);
}

} // namespace bitloom

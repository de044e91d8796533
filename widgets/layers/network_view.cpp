// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/layers/network_view.h"

#include "widgets/base/layer_roles.h"
#include "widgets/base/layer_selection.h"
#include "widgets/base/plot_style.h"

#include <QHelpEvent>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>

#include <algorithm>
#include <array>
#include <climits>
#include <cmath>

namespace bitloom {

namespace {

constexpr int kMargin = 6;
constexpr int kGap = 3;
constexpr int kBandGap = 4;
constexpr int kNarrow = 9;

} // namespace

NetworkView::NetworkView(QWidget* parent)
    : QAbstractScrollArea(parent)
{
    setObjectName(QStringLiteral("networkView"));
    setAccessibleName(tr("Network: blocks and their layers"));
    setFocusPolicy(Qt::StrongFocus);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    viewport()->setMouseTracking(true);
    m_reload.setSingleShot(true);
    m_reload.setInterval(30);
    connect(&m_reload, &QTimer::timeout, this, &NetworkView::reload);
    showSelection();
}

void NetworkView::setModel(QAbstractItemModel* model)
{
    if (m_model)
        m_model->disconnect(&m_reload);
    m_model = model;
    if (model) {
        const auto soon = qOverload<>(&QTimer::start);
        connect(model, &QAbstractItemModel::modelAboutToBeReset, &m_reload, [this] {
            m_cells.clear();
            m_bands.clear();
        });
        connect(model, &QAbstractItemModel::dataChanged, &m_reload,
                [this] { viewport()->update(); });
        connect(model, &QAbstractItemModel::rowsInserted, &m_reload, soon);
        connect(model, &QAbstractItemModel::rowsRemoved, &m_reload, soon);
        connect(model, &QAbstractItemModel::layoutChanged, &m_reload, soon);
        connect(model, &QAbstractItemModel::modelReset, &m_reload, soon);
    }
    reload();
}

void NetworkView::setSelectionModel(QItemSelectionModel* selection)
{
    if (m_selection)
        m_selection->disconnect(this);
    m_selection = selection;
    if (selection)
        connect(selection, &QItemSelectionModel::selectionChanged, this,
                &NetworkView::showSelection);
    showSelection();
}

QSize NetworkView::sizeHint() const
{
    return {320, 260};
}

void NetworkView::reload()
{
    m_stale = !isVisible();
    if (m_stale)
        return;
    collect();
    layOut();
    showSelection();
}

void NetworkView::collect()
{
    m_cells.clear();
    m_bands.clear();
    for (int g = 0; m_model && g < m_model->rowCount(); ++g) {
        const QModelIndex group = m_model->index(g, NameColumn);
        Band band{group, {}, m_cells.size(), 0};
        for (int r = 0; r < m_model->rowCount(group); ++r)
            m_cells.append({m_model->index(r, NameColumn, group), {}});
        if (isSlotRow(group)) // a layer that stands alone
            m_cells.append({group, {}});
        band.end = m_cells.size();
        m_bands.append(band);
    }
    m_anchor = -1;
}

/// Cells flow from left to right beside their band's title.
void NetworkView::layOut()
{
    const QFontMetrics metrics = fontMetrics();
    const int height = metrics.height() + 4;
    int titles = 0;
    for (const Band& band : std::as_const(m_bands))
        titles = std::max(titles, metrics.horizontalAdvance(band.group.data().toString()));
    const int left = kMargin + titles + 2 * kMargin;
    int y = kMargin;
    for (Band& band : m_bands) {
        band.title = QRect(kMargin, y, titles + kMargin, height);
        int x = left;
        for (qsizetype i = band.first; i < band.end; ++i) {
            const int width = cellWidth(m_cells[i]);
            if (x > left && x + width > viewport()->width() - kMargin) {
                x = left;
                y += height + kGap;
            }
            m_cells[i].place = QRect(x, y, width, height);
            x += width + kGap;
        }
        y += height + kGap + kBandGap;
    }
    verticalScrollBar()->setPageStep(viewport()->height());
    verticalScrollBar()->setSingleStep(height + kGap);
    verticalScrollBar()->setRange(0, std::max(0, y + kMargin - viewport()->height()));
    viewport()->update();
}

/// What keeps its bits (norms, biases) is a narrow mark between the others.
int NetworkView::cellWidth(const Cell& cell) const
{
    return cell.row.data(QuantizableRole).toBool()
               ? fontMetrics().horizontalAdvance(QStringLiteral("16.0")) + 8
               : kNarrow;
}

QPoint NetworkView::scrolled() const
{
    return {0, -verticalScrollBar()->value()};
}

QRect NetworkView::cellRect(const QModelIndex& slotRow) const
{
    for (const Cell& cell : m_cells)
        if (cell.row == slotRow.siblingAtColumn(NameColumn))
            return cell.place.translated(scrolled());
    return {};
}

void NetworkView::paintEvent(QPaintEvent*)
{
    QPainter painter(viewport());
    const PlotStyle style = PlotStyle::of(palette());
    painter.fillRect(viewport()->rect(), style.background);
    if (m_cells.isEmpty()) {
        painter.setPen(style.muted);
        painter.drawText(viewport()->rect().adjusted(12, 12, -12, -12),
                         Qt::AlignCenter | Qt::TextWordWrap,
                         tr("Open a model to see its network."));
        return;
    }
    painter.translate(scrolled());
    const QRect shown = viewport()->rect().translated(-scrolled());
    for (const Band& band : m_bands) {
        painter.setPen(style.text);
        painter.drawText(band.title, Qt::AlignVCenter | Qt::AlignRight,
                         band.group.data().toString());
    }
    for (const Cell& cell : m_cells)
        if (cell.place.intersects(shown))
            paintCell(painter, cell);
}

void NetworkView::paintCell(QPainter& painter, const Cell& cell) const
{
    const PlotStyle style = PlotStyle::of(palette());
    const double bits = cell.row.data(BitsRole).toDouble();
    const bool quantizable = cell.row.data(QuantizableRole).toBool();
    const bool selected =
        m_selection && m_selection->isRowSelected(cell.row.row(), cell.row.parent());
    const QColor fill = quantizable ? style.bitsColor(bits) : style.grid;
    painter.setPen(QPen(style.grid, 1));
    painter.setBrush(fill);
    painter.drawRect(cell.place.adjusted(0, 0, -1, -1));
    if (quantizable) {
        const bool whole = std::abs(bits - std::round(bits)) < 0.05;
        painter.setPen(fill.lightnessF() > 0.55F ? QColor(Qt::black) : QColor(Qt::white));
        painter.drawText(cell.place, Qt::AlignCenter, QLocale().toString(bits, 'f', whole ? 0 : 1));
    }
    painter.setBrush(Qt::NoBrush);
    if (selected) {
        painter.setPen(QPen(style.text, 2));
        painter.drawRect(cell.place.adjusted(1, 1, -1, -1));
    }
    if (hasFocus() && m_selection &&
        m_selection->currentIndex().siblingAtColumn(NameColumn) == cell.row) {
        painter.setPen(QPen(style.text, 1, Qt::DotLine));
        painter.drawRect(cell.place.adjusted(-2, -2, 1, 1));
    }
}

void NetworkView::resizeEvent(QResizeEvent* event)
{
    QAbstractScrollArea::resizeEvent(event);
    layOut();
}

void NetworkView::showEvent(QShowEvent* event)
{
    QAbstractScrollArea::showEvent(event);
    if (m_stale)
        reload();
}

qsizetype NetworkView::cellAt(const QPoint& position) const
{
    const QPoint at = position - scrolled();
    const auto found = std::find_if(m_cells.begin(), m_cells.end(),
                                    [&](const Cell& cell) { return cell.place.contains(at); });
    return found == m_cells.end() ? -1 : found - m_cells.begin();
}

const NetworkView::Band* NetworkView::bandAt(const QPoint& position) const
{
    const QPoint at = position - scrolled();
    const auto found = std::find_if(m_bands.begin(), m_bands.end(),
                                    [&](const Band& band) { return band.title.contains(at); });
    return found == m_bands.end() ? nullptr : &*found;
}

void NetworkView::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton || !m_selection)
        return QAbstractScrollArea::mousePressEvent(event);
    const QPoint position = event->position().toPoint();
    if (const Band* band = bandAt(position))
        return choose(band->first, band->end, event->modifiers());
    const qsizetype cell = cellAt(position);
    if (cell >= 0)
        moveTo(cell, event->modifiers());
    else if (event->modifiers() == Qt::NoModifier)
        m_selection->clearSelection();
}

void NetworkView::mouseReleaseEvent(QMouseEvent* event)
{
    event->accept(); // it ends the press that was ours
}

void NetworkView::moveTo(qsizetype cell, Qt::KeyboardModifiers modifiers)
{
    if (modifiers.testFlag(Qt::ShiftModifier) && m_anchor >= 0) {
        const qsizetype anchor = m_anchor;
        choose(std::min(anchor, cell), std::max(anchor, cell) + 1, {});
        m_anchor = anchor;
    } else {
        choose(cell, cell + 1, modifiers);
        m_anchor = cell;
    }
    if (m_selection)
        m_selection->setCurrentIndex(m_cells[cell].row, QItemSelectionModel::NoUpdate);
    const QRect place = m_cells[cell].place;
    QScrollBar* bar = verticalScrollBar();
    if (place.top() < bar->value())
        bar->setValue(place.top() - kMargin);
    else if (place.bottom() > bar->value() + viewport()->height())
        bar->setValue(place.bottom() + kMargin - viewport()->height());
}

void NetworkView::choose(qsizetype first, qsizetype end, Qt::KeyboardModifiers modifiers)
{
    QModelIndexList rows;
    for (qsizetype i = first; i < end; ++i)
        rows.append(m_cells[i].row);
    m_selection->select(rowSelection(rows), modifiers.testFlag(Qt::ControlModifier)
                                                ? QItemSelectionModel::Toggle
                                                : QItemSelectionModel::ClearAndSelect);
}

qsizetype NetworkView::currentCell() const
{
    const QModelIndex current = m_selection ? m_selection->currentIndex() : QModelIndex();
    for (qsizetype i = 0; i < m_cells.size(); ++i)
        if (m_cells[i].row == current.siblingAtColumn(NameColumn))
            return i;
    return -1;
}

/// The cell an arrow key leads to: the next one, or the nearest of the line above or below.
qsizetype NetworkView::neighbour(int key) const
{
    const qsizetype from = currentCell();
    if (from < 0 || key == Qt::Key_Home)
        return 0;
    if (key == Qt::Key_End)
        return m_cells.size() - 1;
    if (key == Qt::Key_Left || key == Qt::Key_Right)
        return std::clamp<qsizetype>(from + (key == Qt::Key_Left ? -1 : 1), 0, m_cells.size() - 1);
    const int step = key == Qt::Key_Up ? -1 : 1;
    const QPoint centre = m_cells[from].place.center();
    qsizetype best = from;
    int least = INT_MAX;
    for (qsizetype i = 0; i < m_cells.size(); ++i) {
        const QPoint offset = m_cells[i].place.center() - centre;
        const int distance = 16 * std::abs(offset.y()) + std::abs(offset.x());
        if (offset.y() * step > 0 && distance < least) {
            least = distance;
            best = i;
        }
    }
    return best;
}

void NetworkView::keyPressEvent(QKeyEvent* event)
{
    constexpr std::array kArrows = {Qt::Key_Left, Qt::Key_Right, Qt::Key_Up,
                                    Qt::Key_Down, Qt::Key_Home,  Qt::Key_End};
    if (m_cells.isEmpty() || !m_selection)
        return QAbstractScrollArea::keyPressEvent(event);
    if (event->key() == Qt::Key_Space && currentCell() >= 0)
        return choose(currentCell(), currentCell() + 1, Qt::ControlModifier);
    if (std::find(kArrows.begin(), kArrows.end(), event->key()) == kArrows.end())
        return QAbstractScrollArea::keyPressEvent(event);
    const qsizetype cell = neighbour(event->key());
    if (event->modifiers().testFlag(Qt::ControlModifier)) { // move only; Space chooses
        m_selection->setCurrentIndex(m_cells[cell].row, QItemSelectionModel::NoUpdate);
        viewport()->update();
    } else {
        moveTo(cell, event->modifiers());
    }
}

QString NetworkView::describe(const QModelIndex& row) const
{
    const QString name = row.data(Qt::ToolTipRole).toString();
    QString text =
        tr("%1\n%2, %3 bits")
            .arg(name.isEmpty() ? row.data().toString() : name, row.data(KindRole).toString(),
                 QLocale().toString(row.data(BitsRole).toDouble(), 'f', 2));
    if (const QString scheme = row.data(SchemeRole).toString(); !scheme.isEmpty())
        text += tr(" (%1)").arg(scheme);
    if (!row.data(QuantizableRole).toBool())
        text += tr(", kept as stored");
    return text;
}

bool NetworkView::viewportEvent(QEvent* event)
{
    if (event->type() != QEvent::ToolTip)
        return QAbstractScrollArea::viewportEvent(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    const qsizetype cell = cellAt(help->pos());
    if (cell >= 0)
        QToolTip::showText(help->globalPos(), describe(m_cells[cell].row), viewport(),
                           m_cells[cell].place.translated(scrolled()));
    else
        QToolTip::hideText();
    return true;
}

void NetworkView::showSelection()
{
    const QModelIndexList chosen = m_selection ? selectedSlots(*m_selection) : QModelIndexList();
    QString text = tr("%n blocks and groups", nullptr, static_cast<int>(m_bands.size()));
    if (chosen.size() == 1)
        text += tr("; chosen: %1").arg(describe(chosen.first()).replace(u'\n', u' '));
    else if (!chosen.isEmpty())
        text += tr("; %n layers chosen", nullptr, static_cast<int>(chosen.size()));
    setAccessibleDescription(text + u'.');
    viewport()->update();
}

} // namespace bitloom

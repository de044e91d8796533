// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/heat_map.h"

#include "widgets/base/figures.h"

#include <QHelpEvent>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace bitloom {

namespace {

QString damageNumber(double value)
{
    return plainFigure(value);
}

} // namespace

HeatMap::HeatMap(QWidget* parent)
    : PlotBase(QStringLiteral("heatMap"), tr("Damage of every layer by bits"), parent)
    , m_cells(new HeatCells(this))
    , m_scale(new QCPColorScale(this))
    , m_emptySentence(tr("Nothing was measured yet."))
{
    m_scale->setType(QCPAxis::atRight);
    m_scale->setDataScaleType(QCPAxis::stLogarithmic);
    m_scale->setGradient(m_cells->gradient);
    m_scale->setBarWidth(12);
    m_scale->setRangeDrag(false);
    m_scale->setRangeZoom(false);
    m_scale->axis()->setTicker(QSharedPointer<QCPAxisTickerLog>::create());
    m_scale->axis()->setNumberFormat(QStringLiteral("eb"));
    m_scale->axis()->setNumberPrecision(0);
    plotLayout()->addElement(0, 1, m_scale);
    m_scale->setMarginGroup(QCP::msTop | QCP::msBottom, new QCPMarginGroup(this));
    axisRect()->setMarginGroup(QCP::msTop | QCP::msBottom, m_scale->marginGroup(QCP::msTop));
    axisRect()->setRangeZoom(Qt::Vertical);
    axisRect()->setRangeDrag(Qt::Vertical);
    setAxisLabel(xAxis, tr("bits"));
    yAxis->setRangeReversed(true);
    for (QCPAxis* axis : {xAxis, yAxis}) {
        axis->grid()->setVisible(false);
        axis->setSubTicks(false);
        axis->setTickLength(0, 0);
    }
    m_settle.setSingleShot(true);
    m_settle.setInterval(30);
    connect(&m_settle, &QTimer::timeout, this, &HeatMap::redraw);
    connect(yAxis, qOverload<const QCPRange&>(&QCPAxis::rangeChanged), this, &HeatMap::labelRows);
    restyle();
    redraw();
}

void HeatMap::setQuantity(const QString& title)
{
    setAxisLabel(m_scale->axis(), title);
    describe();
    redrawSoon();
}

void HeatMap::setColumns(const QStringList& titles)
{
    m_columns = titles;
    const QSharedPointer<QCPAxisTickerText> ticker(new QCPAxisTickerText);
    for (int column = 0; column < titles.size(); ++column)
        ticker->addTick(column, titles[column]);
    xAxis->setTicker(ticker);
    fitAxes();
}

void HeatMap::setRows(const QList<HeatRow>& rows)
{
    const bool fresh = rows.size() != m_cells->rows.size();
    m_cells->rows = rows;
    if (fresh) {
        m_cells->cursor = {-1, -1};
        m_anchor = -1;
        fitAxes();
    }
    redraw();
}

void HeatMap::setCell(int row, int column, const HeatCell& cell)
{
    m_cells->rows[row].cells[column] = cell;
    m_settle.start();
}

void HeatMap::setSelected(const QSet<int>& ids)
{
    for (HeatRow& row : m_cells->rows)
        row.selected = ids.contains(row.id);
    describe();
    redrawSoon();
}

void HeatMap::setEmptySentence(const QString& sentence)
{
    m_emptySentence = sentence;
    redraw();
}

void HeatMap::redraw()
{
    const bool any = !m_cells->rows.isEmpty();
    colour();
    labelRows();
    m_scale->setVisible(any);
    m_cells->setVisible(any);
    setEmptyText(any ? QString() : m_emptySentence);
    describe();
    redrawSoon();
}

/// The colours span the values that are known.
void HeatMap::colour()
{
    double least = HUGE_VAL;
    double most = 0;
    for (const HeatRow& row : std::as_const(m_cells->rows))
        for (const HeatCell& cell : row.cells)
            if (cell.value && *cell.value > 0) {
                least = std::min(least, *cell.value);
                most = std::max(most, *cell.value);
            }
    m_cells->range = most > least ? QCPRange(least, most) : QCPRange(1e-6, 1);
    m_scale->setDataRange(m_cells->range);
}

void HeatMap::labelRows()
{
    const QSharedPointer<QCPAxisTickerText> ticker(new QCPAxisTickerText);
    const QList<HeatRow>& rows = m_cells->rows;
    const QFontMetrics metrics(yAxis->tickLabelFont());
    // The axes' own height lags behind a resize.
    const double rowHeight = (height() - 3 * metrics.height()) / yAxis->range().size();
    const bool each = rowHeight >= metrics.height() * 0.9;
    double freeFrom = -HUGE_VAL;
    for (int first = 0; first < rows.size();) {
        int end = first + 1;
        while (!each && end < rows.size() && rows[end].group == rows[first].group)
            ++end;
        const double middle = (first + end - 1) / 2.0;
        const QString text = each ? rows[first].name : rows[first].group;
        if (middle * rowHeight >= freeFrom) {
            ticker->addTick(middle, metrics.elidedText(text, Qt::ElideMiddle, width() / 3));
            freeFrom = middle * rowHeight + metrics.height();
        }
        first = end;
    }
    yAxis->setTicker(ticker);
}

void HeatMap::describe()
{
    if (m_cells->rows.isEmpty())
        return;
    int offered = 0;
    int known = 0;
    for (const HeatRow& row : std::as_const(m_cells->rows))
        for (const HeatCell& cell : row.cells) {
            offered += cell.offered ? 1 : 0;
            known += cell.value ? 1 : 0;
        }
    const auto selected = std::count_if(m_cells->rows.begin(), m_cells->rows.end(),
                                        [](const HeatRow& row) { return row.selected; });
    setSummary(tr("%1: %2 of %3 cells known, from %4 to %5; %6 of %7 layers selected.")
                   .arg(axisLabel(m_scale->axis()))
                   .arg(known)
                   .arg(offered)
                   .arg(damageNumber(m_cells->range.lower), damageNumber(m_cells->range.upper))
                   .arg(selected)
                   .arg(m_cells->rows.size()));
}

QString HeatMap::describe(QPoint at) const
{
    const HeatRow& row = m_cells->rows[at.y()];
    const HeatCell& cell = row.cells[at.x()];
    if (!cell.offered)
        return tr("%1 cannot have %2.").arg(row.name, m_columns[at.x()]);
    const QString now = cell.mark == HeatCell::Mark::Same ? tr(", as it is now") : QString();
    return cell.value ? tr("%1 as %2%3: %4 %5")
                            .arg(row.name, cell.what, now, axisLabel(m_scale->axis()),
                                 damageNumber(*cell.value))
                      : tr("%1 as %2%3: not known yet").arg(row.name, cell.what, now);
}

void HeatMap::applyStyle()
{
    m_cells->background = style().background;
    m_cells->text = style().text;
    m_cells->selection = style().selected;
    QCPAxis* axis = m_scale->axis();
    axis->setBasePen(QPen(style().muted));
    axis->setTickPen(QPen(style().muted));
    axis->setSubTickPen(QPen(style().grid));
    axis->setTickLabelColor(style().text);
    axis->setLabelColor(style().text);
    axis->setTickLabelFont(font());
    axis->setLabelFont(font());
}

void HeatMap::fitAxes()
{
    xAxis->setRange(-0.5, std::max<double>(1, m_columns.size()) - 0.5);
    yAxis->setRange(-0.5, std::max<double>(1, m_cells->rows.size()) - 0.5);
}

QPointF HeatMap::cellPosition(int row, int column) const
{
    return m_cells->place({column, row}, {column, row}).center();
}

QPoint HeatMap::cellAt(const QPointF& position) const
{
    if (!axisRect()->rect().contains(position.toPoint()))
        return {-1, -1};
    const auto column = static_cast<int>(std::lround(xAxis->pixelToCoord(position.x())));
    const auto row = static_cast<int>(std::lround(yAxis->pixelToCoord(position.y())));
    const bool inside = row >= 0 && row < m_cells->rows.size() && column >= 0 &&
                        column < m_cells->rows[row].cells.size();
    return inside ? QPoint(column, row) : QPoint(-1, -1);
}

void HeatMap::choose(QPoint cell, Qt::KeyboardModifiers modifiers)
{
    const bool extend = modifiers.testFlag(Qt::ShiftModifier) && m_anchor >= 0;
    if (!extend)
        m_anchor = cell.y();
    m_cells->cursor = cell;
    QList<int> ids;
    for (int row = std::min(m_anchor, cell.y()); row <= std::max(m_anchor, cell.y()); ++row)
        ids.append(m_cells->rows[row].id);
    emit chosen(ids, false, !extend && modifiers.testFlag(Qt::ControlModifier));
    setSummary(describe(cell));
    redrawSoon();
}

void HeatMap::step(int columns, int rows, bool extend)
{
    const int lastRow = static_cast<int>(m_cells->rows.size()) - 1;
    const int lastColumn = static_cast<int>(m_columns.size()) - 1;
    if (lastRow < 0 || lastColumn < 0)
        return;
    const QPoint to(std::clamp(m_cells->cursor.x() + columns, 0, lastColumn),
                    std::clamp(m_cells->cursor.y() + rows, 0, lastRow));
    bringIntoSight(to.y());
    choose(to, extend ? Qt::ShiftModifier : Qt::NoModifier);
}

void HeatMap::bringIntoSight(int row)
{
    const QCPRange seen = yAxis->range();
    if (row - 0.5 < seen.lower)
        yAxis->moveRange(row - 0.5 - seen.lower);
    else if (row + 0.5 > seen.upper)
        yAxis->moveRange(row + 0.5 - seen.upper);
}

bool HeatMap::event(QEvent* event)
{
    if (event->type() != QEvent::ToolTip)
        return PlotBase::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    const QPoint cell = cellAt(help->pos());
    if (cell.y() < 0)
        QToolTip::hideText();
    else
        QToolTip::showText(help->globalPos(), describe(cell), this);
    return true;
}

void HeatMap::resizeEvent(QResizeEvent* event)
{
    PlotBase::resizeEvent(event);
    labelRows(); // which names fit depends on the height
    redrawSoon();
}

void HeatMap::mousePressEvent(QMouseEvent* event)
{
    m_pressed = event->position();
    PlotBase::mousePressEvent(event);
}

void HeatMap::mouseReleaseEvent(QMouseEvent* event)
{
    PlotBase::mouseReleaseEvent(event);
    const QPoint cell = cellAt(event->position());
    const bool moved = (event->position() - m_pressed).manhattanLength() > 4;
    if (event->button() == Qt::LeftButton && !moved && cell.y() >= 0)
        choose(cell, event->modifiers());
}

void HeatMap::mouseDoubleClickEvent(QMouseEvent* event)
{
    const QPoint cell = cellAt(event->position());
    if (cell.y() < 0)
        return PlotBase::mouseDoubleClickEvent(event);
    event->accept();
    if (event->button() == Qt::LeftButton && m_cells->rows[cell.y()].cells[cell.x()].offered)
        emit cellTaken(m_cells->rows[cell.y()].id, cell.x());
}

void HeatMap::keyPressEvent(QKeyEvent* event)
{
    const bool extend = event->modifiers().testFlag(Qt::ShiftModifier);
    const QPoint cursor = m_cells->cursor;
    switch (event->key()) {
    case Qt::Key_Left:
        return step(-1, 0, extend);
    case Qt::Key_Right:
        return step(1, 0, extend);
    case Qt::Key_Up:
        return step(0, -1, extend);
    case Qt::Key_Down:
        return step(0, 1, extend);
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (cursor.y() >= 0 && m_cells->rows[cursor.y()].cells[cursor.x()].offered)
            emit cellTaken(m_cells->rows[cursor.y()].id, cursor.x());
        return;
    default:
        PlotBase::keyPressEvent(event);
    }
}

TextTable HeatMap::table() const
{
    TextTable result;
    result.header = {tr("layer"), tr("now")};
    for (const QString& column : m_columns)
        result.header.append(tr("%1 bits: %2").arg(column, axisLabel(m_scale->axis())));
    for (const HeatRow& row : std::as_const(m_cells->rows)) {
        QString now;
        QStringList values;
        for (const HeatCell& cell : row.cells) {
            if (cell.mark == HeatCell::Mark::Same)
                now = cell.what;
            values.append(cell.value ? QString::number(*cell.value, 'g', 6) : QString());
        }
        result.rows.append(QStringList{row.name, now} + values);
    }
    return result;
}

} // namespace bitloom

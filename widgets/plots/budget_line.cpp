// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/budget_line.h"

#include <qcustomplot.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace bitloom {

namespace {

constexpr double kLineReach = 5; // pixels beside the line that still grip it
constexpr double kClick = 4;     // pixels that a click may move

} // namespace

BudgetLine::BudgetLine(QCustomPlot* plot)
    : m_plot(plot)
    , m_line(new QCPItemStraightLine(plot))
    , m_label(new QCPItemText(plot))
{
    setLabel(QCoreApplication::translate("bitloom::BudgetLine", "budget"));
    m_label->setPadding(QMargins(4, 1, 4, 1));
    m_label->setClipToAxisRect(false); // above the axes, where it covers nothing
    m_label->position->setTypeX(QCPItemPosition::ptPlotCoords);
    m_label->position->setTypeY(QCPItemPosition::ptAxisRectRatio);
    QObject::connect(plot, &QCustomPlot::beforeReplot, plot, [this] { show(); });
    put(std::nullopt);
}

void BudgetLine::applyStyle(const PlotStyle& style, const QFont& font)
{
    m_line->setPen(QPen(style.muted, 1.5, Qt::DashLine));
    m_label->setColor(style.muted);
    m_label->setFont(font);
}

void BudgetLine::put(std::optional<double> x)
{
    m_place = x;
    show();
    m_line->point1->setCoords(x.value_or(0), 0);
    m_line->point2->setCoords(x.value_or(0), 1);
    m_label->position->setCoords(x.value_or(0), 0);
}

void BudgetLine::setLabel(const QString& text)
{
    m_label->setText(text);
}

void BudgetLine::setShown(bool shown)
{
    m_shown = shown;
    show();
}

void BudgetLine::show()
{
    const bool any = m_shown && m_place;
    m_line->setVisible(any);
    m_label->setVisible(any && m_plot->xAxis->range().contains(*m_place));
    // Towards the middle, where there is room for the word.
    const bool left = any && *m_place < m_plot->xAxis->range().center();
    m_label->setPositionAlignment(Qt::AlignBottom | (left ? Qt::AlignLeft : Qt::AlignRight));
}

bool BudgetLine::isAt(const QPointF& position) const
{
    return m_shown && m_place && m_plot->axisRect()->rect().contains(position.toPoint()) &&
           std::abs(m_plot->xAxis->coordToPixel(*m_place) - position.x()) <= kLineReach;
}

void BudgetLine::grip(const QPointF& position)
{
    m_gripped = position;
    m_dragged = false;
}

bool BudgetLine::drag(const QPointF& position)
{
    m_dragged = m_dragged || (position - *m_gripped).manhattanLength() > kClick;
    if (!m_dragged)
        return false;
    const QRect area = m_plot->axisRect()->rect();
    put(m_plot->xAxis->pixelToCoord(std::clamp<double>(position.x(), area.left(), area.right())));
    return true;
}

bool BudgetLine::letGo()
{
    m_gripped.reset();
    return std::exchange(m_dragged, false);
}

} // namespace bitloom

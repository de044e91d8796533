// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/budget_line.h"

#include <qcustomplot.h>

#include <cmath>

namespace bitloom {

namespace {

constexpr double kReach = 5; // pixels beside the line that still grip it

} // namespace

BudgetLine::BudgetLine(QCustomPlot* plot)
    : m_plot(plot)
    , m_line(new QCPItemStraightLine(plot))
    , m_label(new QCPItemText(plot))
{
    m_label->setText(QCoreApplication::translate("bitloom::BudgetLine", "budget"));
    m_label->setPadding(QMargins(4, 1, 4, 1));
    m_label->setPositionAlignment(Qt::AlignLeft | Qt::AlignTop);
    m_label->position->setTypeX(QCPItemPosition::ptPlotCoords);
    m_label->position->setTypeY(QCPItemPosition::ptAxisRectRatio);
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
    m_line->setVisible(x.has_value());
    m_label->setVisible(x.has_value());
    m_line->point1->setCoords(x.value_or(0), 0);
    m_line->point2->setCoords(x.value_or(0), 1);
    m_label->position->setCoords(x.value_or(0), 0);
}

bool BudgetLine::isAt(const QPointF& position) const
{
    return m_place && m_plot->axisRect()->rect().contains(position.toPoint()) &&
           std::abs(m_plot->xAxis->coordToPixel(*m_place) - position.x()) <= kReach;
}

} // namespace bitloom

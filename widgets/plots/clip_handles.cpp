// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/clip_handles.h"

#include <qcustomplot.h>

#include <algorithm>
#include <cmath>

namespace bitloom {

namespace {

constexpr double kHandleReach = 7; // pixels beside a line that still grip it

} // namespace

ClipHandles::ClipHandles(QCustomPlot* plot)
    : m_plot(plot)
{
    const QString layer = QStringLiteral("handles");
    plot->addLayer(layer, plot->layer(QStringLiteral("main")), QCustomPlot::limAbove);
    for (const Side side : {Low, High}) {
        auto* shade = m_shades[side] = new QCPItemRect(plot);
        auto* line = m_lines[side] = new QCPItemStraightLine(plot);
        auto* label = m_labels[side] = new QCPItemText(plot);
        for (QCPAbstractItem* item :
             {static_cast<QCPAbstractItem*>(shade), static_cast<QCPAbstractItem*>(line),
              static_cast<QCPAbstractItem*>(label)})
            item->setLayer(layer);
        label->setText(QCoreApplication::translate("bitloom::ClipHandles", "clip"));
        label->setPadding(QMargins(4, 1, 4, 1));
        label->setClipToAxisRect(false); // above the axes, where it covers nothing
        for (QCPItemPosition* corner : {shade->topLeft, shade->bottomRight, label->position}) {
            corner->setTypeX(QCPItemPosition::ptPlotCoords);
            corner->setTypeY(QCPItemPosition::ptAxisRectRatio);
        }
    }
    QObject::connect(plot, &QCustomPlot::beforeReplot, plot, [this] { placeFlags(); });
    hide();
}

void ClipHandles::applyStyle(const PlotStyle& style, const QFont& font)
{
    QColor veil = style.text;
    veil.setAlpha(40);
    for (const Side side : {Low, High}) {
        m_lines[side]->setPen(QPen(style.text, 1.5));
        m_labels[side]->setColor(style.background);
        m_labels[side]->setBrush(style.text);
        m_labels[side]->setPen(Qt::NoPen);
        m_labels[side]->setFont(font);
        m_shades[side]->setBrush(veil);
        m_shades[side]->setPen(Qt::NoPen);
    }
}

void ClipHandles::show(const ClipRange& range, const ClipRange& extent, bool editable)
{
    m_range = range;
    m_extent = extent;
    m_editable = editable;
    m_shown = true;
    place();
}

void ClipHandles::hide()
{
    m_shown = false;
    place();
}

/// Flags point inwards, where there always is room; outwards when they would meet.
void ClipHandles::placeFlags()
{
    const double apart =
        m_plot->xAxis->coordToPixel(m_range.high) - m_plot->xAxis->coordToPixel(m_range.low);
    const QFontMetrics metrics(m_labels[Low]->font());
    const bool meet = apart < 2 * (metrics.horizontalAdvance(m_labels[Low]->text()) + 10);
    for (const Side side : {Low, High}) {
        const bool rightwards = (side == Low) != meet;
        m_labels[side]->setPositionAlignment(Qt::AlignBottom |
                                             (rightwards ? Qt::AlignLeft : Qt::AlignRight));
        const double x = side == Low ? m_range.low : m_range.high;
        m_labels[side]->setVisible(m_shown && m_editable && m_plot->xAxis->range().contains(x));
    }
}

void ClipHandles::place()
{
    for (const Side side : {Low, High}) {
        const double x = side == Low ? m_range.low : m_range.high;
        const double end = side == Low ? m_extent.low : m_extent.high;
        m_lines[side]->setVisible(m_shown);
        m_shades[side]->setVisible(m_shown);
        m_lines[side]->point1->setCoords(x, 0);
        m_lines[side]->point2->setCoords(x, 1);
        m_labels[side]->position->setCoords(x, 0);
        m_shades[side]->topLeft->setCoords(std::min(x, end), 0);
        m_shades[side]->bottomRight->setCoords(std::max(x, end), 1);
    }
    placeFlags();
}

QPointF ClipHandles::position(Side side) const
{
    const double x = side == Low ? m_range.low : m_range.high;
    return {m_plot->xAxis->coordToPixel(x), m_plot->axisRect()->center().y() + 0.0};
}

ClipHandles::Side ClipHandles::at(const QPointF& point) const
{
    if (!m_shown || !m_editable)
        return None;
    for (const Side side : {Low, High})
        if (m_labels[side]->visible() && QRectF(m_labels[side]->topLeft->pixelPosition(),
                                                m_labels[side]->bottomRight->pixelPosition())
                                             .contains(point))
            return side;
    if (!m_plot->axisRect()->rect().contains(point.toPoint()))
        return None;
    const double low = std::abs(point.x() - position(Low).x());
    const double high = std::abs(point.x() - position(High).x());
    if (std::min(low, high) <= kHandleReach)
        return low < high ? Low : High;
    return None;
}

void ClipHandles::move(Side side, double x)
{
    const double apart = (m_extent.high - m_extent.low) / 1000;
    if (side == Low)
        m_range.low = std::clamp(x, m_extent.low, std::max(m_extent.low, m_range.high - apart));
    else
        m_range.high = std::clamp(x, std::min(m_extent.high, m_range.low + apart), m_extent.high);
    place();
}

} // namespace bitloom

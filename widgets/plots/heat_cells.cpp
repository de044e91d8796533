// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/heat_cells.h"

#include <algorithm>
#include <cmath>

namespace bitloom {

namespace {

constexpr double kLargestMark = 9; ///< pixels

/// Cividis (Nuñez, Anderton, Renslow 2018), made for all kinds of colour vision: from dark blue to
/// yellow with evenly growing lightness.
QCPColorGradient cividis()
{
    static constexpr QRgb kStops[] = {0x00224e, 0x123570, 0x3b496c, 0x575d6d, 0x707173,
                                      0x8a8678, 0xa59c74, 0xc3b369, 0xe1cc55, 0xfee838};
    QCPColorGradient gradient;
    gradient.clearColorStops();
    for (size_t i = 0; i < std::size(kStops); ++i)
        gradient.setColorStopAt(static_cast<double>(i) / (std::size(kStops) - 1),
                                QColor::fromRgb(kStops[i]));
    return gradient;
}

} // namespace

HeatCells::HeatCells(QCustomPlot* plot)
    : QCPLayerable(plot, QStringLiteral("main"))
    , gradient(cividis())
{
}

void HeatCells::applyDefaultAntialiasingHint(QCPPainter* painter) const
{
    painter->setAntialiasing(false);
}

QRect HeatCells::clipRect() const
{
    return parentPlot()->axisRect()->rect();
}

QRectF HeatCells::place(QPoint first, QPoint last) const
{
    const QCPAxis* x = parentPlot()->xAxis;
    const QCPAxis* y = parentPlot()->yAxis;
    return QRectF(QPointF(x->coordToPixel(first.x() - 0.5), y->coordToPixel(first.y() - 0.5)),
                  QPointF(x->coordToPixel(last.x() + 0.5), y->coordToPixel(last.y() + 0.5)))
        .normalized();
}

QColor HeatCells::colorOf(double value)
{
    const double inside = std::clamp(value, range.lower, range.upper);
    return gradient.color(inside, range, true);
}

void HeatCells::draw(QCPPainter* painter)
{
    const QCPRange seen = parentPlot()->yAxis->range();
    const int from = std::max(0, static_cast<int>(std::floor(seen.lower)));
    const int to =
        std::min(static_cast<int>(rows.size()) - 1, static_cast<int>(std::ceil(seen.upper)));
    // Of rows thinner than a pixel, one for each.
    const int stride = std::max(1, (to - from) / std::max(1, clipRect().height()));
    int columns = 0;
    for (int row = from; row <= to; row += stride) {
        columns = std::max(columns, static_cast<int>(rows[row].cells.size()));
        for (int column = 0; column < rows[row].cells.size(); ++column)
            drawCell(*painter, rows[row].cells[column],
                     place({column, row}, {column, row + stride - 1}));
    }
    drawSelection(*painter, columns);
    painter->setPen(QPen(text, 2));
    painter->setBrush(Qt::NoBrush);
    if (cursor.y() >= 0 && cursor.y() < rows.size())
        painter->drawRect(place(cursor, cursor));
}

void HeatCells::drawCell(QCPPainter& painter, const HeatCell& cell, const QRectF& place)
{
    const double gap = place.height() >= 5 ? 1 : 0;
    const QRectF inside = place.adjusted(0, 0, -1, -gap);
    if (cell.value)
        painter.fillRect(inside, colorOf(*cell.value));
    else if (cell.offered)
        painter.fillRect(inside, QBrush(text, Qt::Dense7Pattern));
    drawMark(painter, cell, inside);
}

void HeatCells::drawMark(QCPPainter& painter, const HeatCell& cell, const QRectF& place) const
{
    if (cell.mark == HeatCell::Mark::None)
        return;
    const double size = std::clamp(place.height() - 1, 2.0, kLargestMark);
    QRectF mark(0, 0, size, size);
    mark.moveCenter(place.center());
    const bool antialiased = painter.antialiasing();
    painter.setAntialiasing(true);
    // Light and dark, so that it stands out from every colour.
    painter.setPen(QPen(Qt::white, 3));
    painter.setBrush(cell.mark == HeatCell::Mark::Same ? QBrush(Qt::white) : QBrush(Qt::NoBrush));
    painter.drawEllipse(mark);
    painter.setPen(QPen(Qt::black, 1));
    painter.drawEllipse(mark);
    painter.setAntialiasing(antialiased);
}

void HeatCells::drawSelection(QCPPainter& painter, int columns) const
{
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(selection, 2));
    for (int row = 0; row < rows.size();) {
        int end = row + 1;
        if (rows[row].selected) {
            while (end < rows.size() && rows[end].selected)
                ++end;
            painter.drawRect(place({0, row}, {columns - 1, end - 1}).adjusted(0, 0, -1, 0));
        }
        row = end;
    }
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <qcustomplot.h>

#include <optional>

namespace bitloom {

/// One cell of a heat map.
struct HeatCell {
    enum class Mark {
        None,
        Same, ///< this is what the row has now
        Like, ///< the row has something of the same column
    };
    bool offered = false;        ///< false: the row cannot have it
    std::optional<double> value; ///< none: not known yet
    QString what;                ///< "q4_k"
    Mark mark = Mark::None;
};

/// One row of a heat map.
struct HeatRow {
    int id = 0; ///< handed back by the map's signals
    QString name;
    QString group; ///< rows of one group stand together
    QList<HeatCell> cells;
    bool selected = false;
};

/// Draws the cells: row i at y = i, column j at x = j, coloured by the logarithm of their values.
class HeatCells : public QCPLayerable {
    Q_OBJECT

public:
    explicit HeatCells(QCustomPlot* plot);

    QList<HeatRow> rows;
    QCPColorGradient gradient;
    QCPRange range = {1e-6, 1}; ///< of values, above zero
    QPoint cursor = {-1, -1};   ///< column and row; outlined where there is one
    QColor background;
    QColor text;
    QColor selection;

    /// The place of cells in pixels: those of columns [first, last] of some rows.
    QRectF place(QPoint first, QPoint last) const;

protected:
    void applyDefaultAntialiasingHint(QCPPainter* painter) const override;
    QRect clipRect() const override;
    void draw(QCPPainter* painter) override;

private:
    void drawCell(QCPPainter& painter, const HeatCell& cell, const QRectF& place);
    void drawMark(QCPPainter& painter, const HeatCell& cell, const QRectF& place) const;
    void drawSelection(QCPPainter& painter, int columns) const;
    QColor colorOf(double value);
};

} // namespace bitloom

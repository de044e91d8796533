// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/plots/heat_cells.h"
#include "widgets/plots/plot_base.h"

#include <QSet>
#include <QTimer>

namespace bitloom {

/// What every row costs in every column: colours on a logarithmic scale that the colour-blind tell
/// apart too, a scale with its unit beside them, and a mark on what each row has. A click or the
/// arrow keys choose rows (Shift extends, Ctrl adds), a double click or Return takes the cell.
class HeatMap : public PlotBase {
    Q_OBJECT

public:
    explicit HeatMap(QWidget* parent = nullptr);

    /// "KL, nats per token".
    void setQuantity(const QString& title);
    void setColumns(const QStringList& titles);
    /// Keeps the zoom where there are as many as before.
    void setRows(const QList<HeatRow>& rows);
    void setCell(int row, int column, const HeatCell& cell);
    void setSelected(const QSet<int>& ids);
    void setEmptySentence(const QString& sentence);
    const QList<HeatRow>& rows() const { return m_cells->rows; }
    /// Middle of a cell in widget pixels.
    QPointF cellPosition(int row, int column) const;

    TextTable table() const override;

signals:
    /// Rows the user chose, by their ids; see BarCanvas::chosen.
    void chosen(const QList<int>& ids, bool add, bool toggle);
    void cellTaken(int id, int column);

protected:
    void applyStyle() override;
    void fitAxes() override;
    bool event(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void redraw();
    void colour();
    void labelRows();
    void describe();
    QPoint cellAt(const QPointF& position) const; ///< (-1, -1): none
    QString describe(QPoint cell) const;
    void choose(QPoint cell, Qt::KeyboardModifiers modifiers);
    void step(int columns, int rows, bool extend);
    void bringIntoSight(int row);

    HeatCells* m_cells;
    QCPColorScale* m_scale;
    QStringList m_columns;
    QString m_emptySentence;
    QPointF m_pressed;
    QTimer m_settle;   ///< many cells that come become one redraw
    int m_anchor = -1; ///< row that Shift extends from
};

} // namespace bitloom

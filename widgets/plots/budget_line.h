// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/base/plot_style.h"

#include <QPointF>

#include <optional>

class QCPItemStraightLine;
class QCPItemText;
class QCustomPlot;

namespace bitloom {

/// A vertical line in a plot, at the size that a fit may use; a line to drag, while it is shown.
/// The plot owns what is drawn. Positions are in widget pixels.
class BudgetLine {
public:
    explicit BudgetLine(QCustomPlot* plot);

    void applyStyle(const PlotStyle& style, const QFont& font);
    /// Nothing: no line.
    void put(std::optional<double> x);
    /// What stands beside the line: "budget 4.50 bits".
    void setLabel(const QString& text);
    std::optional<double> place() const { return m_place; }
    void setShown(bool shown);
    /// Whether a point is near enough to grip it.
    bool isAt(const QPointF& position) const;

    void grip(const QPointF& position);
    bool isGripped() const { return m_gripped.has_value(); }
    /// Follows the pointer; not before it has left the place where it gripped: that is a click.
    bool drag(const QPointF& position);
    /// Whether it was dragged meanwhile.
    bool letGo();

private:
    void show();

    QCustomPlot* m_plot;
    QCPItemStraightLine* m_line;
    QCPItemText* m_label;
    std::optional<double> m_place;
    std::optional<QPointF> m_gripped; ///< where
    bool m_dragged = false;
    bool m_shown = true;
};

} // namespace bitloom

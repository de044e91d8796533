// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/plot_style.h"

#include <QPointF>

#include <optional>

class QCPItemStraightLine;
class QCPItemText;
class QCustomPlot;

namespace bitloom {

/// A vertical line in a plot, at the size that a fit may use. The plot owns what is drawn.
class BudgetLine {
public:
    explicit BudgetLine(QCustomPlot* plot);

    void applyStyle(const PlotStyle& style, const QFont& font);
    /// Nothing: no line.
    void put(std::optional<double> x);
    std::optional<double> place() const { return m_place; }
    /// Whether a point in widget pixels is near enough to grip it.
    bool isAt(const QPointF& position) const;

private:
    QCustomPlot* m_plot;
    QCPItemStraightLine* m_line;
    QCPItemText* m_label;
    std::optional<double> m_place;
};

} // namespace bitloom

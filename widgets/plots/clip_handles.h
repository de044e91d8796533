// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/base/histogram_data.h"
#include "widgets/base/plot_style.h"

#include <QFont>
#include <QPointF>

class QCPItemRect;
class QCPItemStraightLine;
class QCPItemText;
class QCustomPlot;

namespace bitloom {

/// Two vertical handles in a plot with a flag above each, and a shade over what lies outside them.
/// The plot owns what is drawn, and lives as long as this.
class ClipHandles {
public:
    enum Side { Low, High, None };

    explicit ClipHandles(QCustomPlot* plot);

    void applyStyle(const PlotStyle& style, const QFont& font);
    /// Shades from the handles to the ends of `extent`; only editable handles can be gripped.
    void show(const ClipRange& range, const ClipRange& extent, bool editable);
    void hide();

    const ClipRange& range() const { return m_range; }
    /// The handle under a point in widget pixels.
    Side at(const QPointF& position) const;
    /// A point on the handle in widget pixels.
    QPointF position(Side side) const;
    /// Puts a handle to x, kept inside the extent and apart from the other one.
    void move(Side side, double x);

private:
    void place();
    void placeFlags();

    QCustomPlot* m_plot;
    ClipRange m_range;
    ClipRange m_extent;
    bool m_shown = false;
    bool m_editable = false;
    QCPItemStraightLine* m_lines[2] = {};
    QCPItemText* m_labels[2] = {};
    QCPItemRect* m_shades[2] = {};
};

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/base/histogram_data.h"
#include "widgets/plots/clip_handles.h"
#include "widgets/plots/plot_base.h"

#include <optional>

namespace bitloom {

/// The plot inside HistogramPlot. Quantized levels are drawn in the unit of the original (see
/// spreadLevels); the table has the plain counts.
class HistogramCanvas : public PlotBase {
    Q_OBJECT

public:
    explicit HistogramCanvas(QWidget* parent = nullptr);

    void setLayers(const QList<HistogramLayer>& layers);
    void setEmptySentence(const QString& text);
    void setLogScale(bool on);
    /// Shows mean ± 6 σ instead of the whole range.
    void setWithoutOutliers(bool on);
    /// Draws the layers' inputs instead of their weights.
    void setShowActivation(bool on);
    /// Where the clip handles stand; nullopt hides them. Ignored while one is dragged.
    void setHandles(std::optional<ClipRange> handles, bool editable);

    /// A point on a handle in widget pixels.
    QPointF handlePosition(bool high) const;
    /// The range of all that is drawn.
    ClipRange extent() const;

    TextTable table() const override;

signals:
    void handleMoved(double low, double high);
    void handleReleased(double low, double high);

protected:
    void applyStyle() override;
    void fitAxes() override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;

private:
    const HistogramBins& bins(const HistogramLayer& layer) const;
    ClipRange withoutOutliers(const ClipRange& range) const;
    QCPGraph* addSteps(const HistogramBins& drawn, const QString& name);
    void redraw();
    void drawOne(const HistogramLayer& layer);
    void drawLevels(const HistogramBins& levels);
    void drawOverlays();
    void drawBand();
    void placeHandles();
    void describe();

    QList<HistogramLayer> m_layers;
    QString m_emptySentence;
    bool m_log = false;
    bool m_withoutOutliers = false;
    bool m_activation = false;
    double m_greatest = 0; ///< of the y values drawn
    double m_least = 0;    ///< of the positive ones
    ClipHandles m_clip;
    std::optional<ClipRange> m_handles;
    bool m_editable = false;
    ClipHandles::Side m_dragged = ClipHandles::None;
};

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/base/histogram_data.h"

#include <QTimer>
#include <QWidget>

#include <optional>

class QDoubleSpinBox;
class QLabel;
class QToolButton;

namespace bitloom {

class HistogramCanvas;
class WrappedLabel;

/// Histogram panel: the original as filled steps, the quantized levels over it, clip handles that
/// can be dragged or typed, a caption below. One layer shows all of it; two to six are overlaid as
/// outlines of their densities; more become a band (least, median, greatest).
class HistogramPlot : public QWidget {
    Q_OBJECT

public:
    explicit HistogramPlot(QWidget* parent = nullptr);
    ~HistogramPlot() override;

    /// An empty list shows the empty state.
    void setLayers(const QList<HistogramLayer>& layers);
    /// The clipping range of the one layer shown; nullopt: none, the handles stand at the extremes.
    void setClip(std::optional<ClipRange> clip);
    std::optional<ClipRange> clip() const { return m_clip; }
    /// Whether the handles can be used (one quantizable, unlocked layer).
    void setClipEditable(bool editable);
    /// "rel. error 2.1 %", below the plot.
    void setCaption(const QString& text);
    /// The sentence shown while there are no layers.
    void setEmptyText(const QString& text);

    HistogramCanvas* canvas() const { return m_canvas; }

signals:
    /// While a handle is dragged or a bound is typed.
    void clipMoved(double low, double high);
    /// When it is let go: the range to store.
    void clipReleased(double low, double high);
    /// The user asked for no clipping.
    void clipRemoved();
    /// See PlotBase.
    void exportRequested(const QString& suggestedName, const QByteArray& content);

private:
    QWidget* buildTools();
    QWidget* buildClipRow();
    QToolButton* toolButton(const QString& name, const QString& icon, const QString& label);
    QDoubleSpinBox* clipSpin(const QString& name, const QString& label);
    /// The range the handles show: the clip, or all of the layer.
    ClipRange shownClip() const;
    void showClip();
    void setUpSpins();
    void typed();
    void commitTyped();
    void showTitle();

    HistogramCanvas* m_canvas = nullptr;
    QLabel* m_title = nullptr;
    WrappedLabel* m_caption = nullptr;
    QToolButton* m_log = nullptr;
    QToolButton* m_sigma = nullptr;
    QToolButton* m_input = nullptr;
    QToolButton* m_removeClip = nullptr;
    QWidget* m_clipRow = nullptr;
    QDoubleSpinBox* m_low = nullptr;
    QDoubleSpinBox* m_high = nullptr;
    QTimer m_typing; ///< a bound typed or stepped counts as let go after a pause
    QList<HistogramLayer> m_layers;
    std::optional<ClipRange> m_clip;
    bool m_clipEditable = false;
};

} // namespace bitloom

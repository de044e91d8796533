// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/plots/plot_base.h"

#include <optional>

namespace bitloom {

/// One measurement of the lab.
struct LabDot {
    int id = -1;  ///< handed back by dotChosen
    int kind = 0; ///< which of the kinds tried: colour and marker
    QString label;
    double predicted = 0;
    double measured = 0;
};

/// Predicted against measured, both logarithmic, a dot for each measurement. Where the prediction
/// has the measured unit, a line shows where both are the same. A click on a dot chooses it, the
/// arrow keys walk through the dots by what was measured.
class LabPlot final : public PlotBase {
    Q_OBJECT

public:
    explicit LabPlot(QWidget* parent = nullptr);
    LabPlot(const QString& name, const QString& title, QWidget* parent = nullptr);

    /// `kinds` name the kinds of dots; `sameUnit`: the line is drawn. Nothing: `why` is said.
    void setDots(const QList<LabDot>& dots, const QStringList& kinds, bool sameUnit,
                 const QString& why);
    void setQuantity(const QString& predicted, const QString& measured);
    /// Centre of a dot in widget pixels; nothing for one that is not drawn.
    std::optional<QPointF> dotPosition(qsizetype index) const;

    TextTable table() const override;

signals:
    void dotChosen(int id);

protected:
    void applyStyle() override;
    void fitAxes() override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void showFocus();
    qsizetype dotAt(const QPointF& position) const;
    QString describe(const LabDot& dot) const;

    QList<LabDot> m_dots; ///< by what was measured
    QStringList m_kinds;
    bool m_sameUnit = false;
    qsizetype m_focused = -1;
    QPointF m_pressed;
    QCPGraph* m_line = nullptr;
    QCPGraph* m_focus = nullptr;
    QList<QCPGraph*> m_series;
};

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/plots/budget_line.h"
#include "widgets/plots/plot_base.h"

#include <optional>

namespace bitloom {

/// One state of the recipe that was visited.
struct VisitedState {
    int id = 0;                      ///< handed back by stateChosen
    QString label;                   ///< "uniform int4", shown on hover
    double mebibytes = 0;            ///< file size
    std::optional<double> predicted; ///< in the plot's quantity
    std::optional<double> measured;
};

/// Size against quality of every state visited; the current one is filled and larger, a measured
/// figure is a diamond, a predicted one a circle. A click on an old dot asks to go back to it; the
/// arrow keys walk through the dots and Return chooses. A line joins the best recipes of every
/// size, and the budget is a line to drag; both only beside states. The line goes through the
/// current state where that is predicted to be better; where it was measured to be better than
/// predictions say of its size, a ring and the legend say so.
class SizeQualityPlot : public PlotBase {
    Q_OBJECT

public:
    explicit SizeQualityPlot(QWidget* parent = nullptr);

    /// What quality is measured by: "KL", and with its unit "KL, nats per token".
    void setQuantity(const QString& name, const QString& title);
    void setStates(const QList<VisitedState>& states, int currentId);
    /// The best recipes known, from small to large: x in MiB, y in the quantity. Empty: unknown.
    void setFront(const QList<QPointF>& corners);
    /// Where the budget is, in MiB, and what stands beside it; nothing: no line.
    void setBudget(std::optional<double> mebibytes, const QString& label = {});
    /// Centre of a state's dot in widget pixels; null when it has no figure yet.
    std::optional<QPointF> dotPosition(int id) const;

    TextTable table() const override;

signals:
    void stateChosen(int id);
    /// While the budget is dragged, and when it was let go after that.
    void budgetDragged(double mebibytes);
    void budgetDropped(double mebibytes);

protected:
    void applyStyle() override;
    void fitAxes() override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void redraw();
    void redrawFront();
    /// What the line says of a size; nothing where it does not reach.
    std::optional<double> bestOf(double mebibytes) const;
    const VisitedState* current() const;
    bool isBelowBest(const VisitedState& state) const;
    void showHint(const QMouseEvent& event);
    int stateAt(const QPointF& position) const;
    void focusState(int step);
    QString describe(const VisitedState& state) const;

    QString m_name;
    QString m_title;
    QList<VisitedState> m_states;
    int m_current = -1;
    int m_focused = -1;
    QPointF m_pressed;
    QList<QPointF> m_corners; ///< as they were set
    QList<QPointF> m_best;    ///< with the current state where that is better
    BudgetLine m_budget;
    QCPGraph* m_front = nullptr;
    QCPGraph* m_predicted = nullptr;
    QCPGraph* m_measured = nullptr;
    QCPGraph* m_now = nullptr;
    QCPGraph* m_below = nullptr;
    QCPGraph* m_focus = nullptr;
};

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/plots/plot_base.h"

namespace bitloom {

/// How far one recurrent state drifts, by time step.
struct DriftLine {
    QString name;
    QList<double> byStep; ///< ‖h − ĥ‖ / ‖h‖
};

/// Errors of hidden states against time, a line for each state.
class DriftPlot final : public PlotBase {
    Q_OBJECT

public:
    explicit DriftPlot(QWidget* parent = nullptr);

    /// `why` is said while there are no lines.
    void setLines(const QList<DriftLine>& lines, const QString& why);
    TextTable table() const override;

protected:
    void applyStyle() override;
    void fitAxes() override;

private:
    qsizetype steps() const;
    double highest() const;

    QList<DriftLine> m_lines;
};

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/plots/plot_base.h"

#include <optional>

namespace bitloom {

/// How many directions have which eigenvalue.
struct Spectrum {
    QList<QPointF> curve; ///< eigenvalue, directions per unit of eigenvalue
    double floor = 0;     ///< densities below are those of less than a direction
    /// Where a share of the curvature begins, on either side of zero; marked.
    std::optional<double> edge;
    QString meaning; ///< in a sentence
};

/// The density of eigenvalues on a logarithmic axis, both signs.
class SpectrumPlot : public PlotBase {
    Q_OBJECT

public:
    explicit SpectrumPlot(QWidget* parent = nullptr);

    /// An empty curve: the meaning stands in its place.
    void setSpectrum(const Spectrum& spectrum);

    TextTable table() const override;

protected:
    void applyStyle() override;
    void fitAxes() override;

private:
    void mark();
    /// Few enough decades have a number that none stands on another.
    void spaceNumbers();

    Spectrum m_spectrum;
    QSharedPointer<QCPAxisTickerLog> m_decades;
    QCPGraph* m_curve = nullptr;
    QCPGraph* m_ground = nullptr; ///< the area under the curve ends here
    QList<QCPItemStraightLine*> m_edges;
};

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/drift_plot.h"

#include "widgets/base/figures.h"

#include <algorithm>

namespace bitloom {

DriftPlot::DriftPlot(QWidget* parent)
    : PlotBase(QStringLiteral("drift"), tr("Drift of hidden states"), parent)
{
    setAxisLabel(xAxis, tr("time step"));
    setAxisLabel(yAxis, tr("|h − ĥ| / |h|"));
    restyle();
    setLines({}, {});
}

void DriftPlot::setLines(const QList<DriftLine>& lines, const QString& why)
{
    m_lines = lines;
    clearGraphs();
    legend->clearItems();
    for (const DriftLine& line : lines) {
        QCPGraph* graph = addGraph();
        setFullName(graph, line.name);
        graph->addToLegend();
        QVector<QCPGraphData> points;
        for (qsizetype step = 0; step < line.byStep.size(); ++step)
            points.append({double(step + 1), line.byStep[step]});
        graph->data()->set(points, true);
    }
    setLegendShown(lines.size() > 1);
    setEmptyText(lines.isEmpty() ? why : QString());
    if (!lines.isEmpty())
        setSummary(tr("Errors of %1 hidden states over %2 time steps, at most %3.")
                       .arg(lines.size())
                       .arg(steps())
                       .arg(plainFigure(highest())));
    applyStyle();
    fitAxes();
    redrawSoon();
}

qsizetype DriftPlot::steps() const
{
    qsizetype most = 0;
    for (const DriftLine& line : m_lines)
        most = std::max(most, line.byStep.size());
    return most;
}

double DriftPlot::highest() const
{
    double most = 0;
    for (const DriftLine& line : m_lines)
        for (const double error : line.byStep)
            most = std::max(most, error);
    return most;
}

void DriftPlot::applyStyle()
{
    for (int i = 0; i < graphCount(); ++i)
        graph(i)->setPen(graphCount() == 1 ? style().quantizedPen()
                                           : style().overlayPen(i % kMostOverlays));
}

void DriftPlot::fitAxes()
{
    xAxis->setRange(0.5, static_cast<double>(std::max<qsizetype>(2, steps())) + 0.5);
    yAxis->setRange(0, std::max(highest() * 1.06, 1e-6));
}

TextTable DriftPlot::table() const
{
    TextTable result;
    result.header = {tr("time step")};
    for (const DriftLine& line : m_lines)
        result.header.append(line.name);
    for (qsizetype step = 0; step < steps(); ++step) {
        QStringList row = {QString::number(step + 1)};
        for (const DriftLine& line : m_lines)
            row.append(step < line.byStep.size() ? QString::number(line.byStep[step], 'g', 6)
                                                 : QString());
        result.rows.append(row);
    }
    return result;
}

} // namespace bitloom

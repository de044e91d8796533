// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/spectrum_plot.h"

#include <algorithm>
#include <cmath>

namespace bitloom {

SpectrumPlot::SpectrumPlot(QWidget* parent)
    : PlotBase(QStringLiteral("spectrum"), tr("Density of the Hessian's eigenvalues"), parent)
    , m_decades(QSharedPointer<QCPAxisTickerLog>::create())
    , m_curve(addGraph())
    , m_ground(addGraph())
{
    setAxisLabel(xAxis, tr("eigenvalue"));
    setAxisLabel(yAxis, tr("directions per unit"));
    yAxis->setScaleType(QCPAxis::stLogarithmic);
    yAxis->setTicker(m_decades);
    connect(this, &QCustomPlot::beforeReplot, this, &SpectrumPlot::spaceNumbers);
    yAxis->setNumberFormat(QStringLiteral("eb"));
    yAxis->setNumberPrecision(0);
    axisRect()->setRangeZoom(Qt::Horizontal);
    axisRect()->setRangeDrag(Qt::Horizontal);
    m_ground->setPen(Qt::NoPen);
    restyle();
    setSpectrum({});
}

void SpectrumPlot::spaceNumbers()
{
    const QCPRange range = yAxis->range();
    const double decades = std::log10(range.upper / range.lower);
    const double room =
        axisRect()->height() / (1.5 * QFontMetrics(yAxis->tickLabelFont()).height());
    // With fewer than 1.6 numbers QCustomPlot would space them evenly, near the top.
    const double most = std::floor(decades / 1.6);
    const double apart = std::min(most, std::ceil(decades / std::max(1.0, room)));
    m_decades->setLogBase(std::pow(10.0, std::max(1.0, apart)));
}

void SpectrumPlot::setSpectrum(const Spectrum& spectrum)
{
    m_spectrum = spectrum;
    QVector<QCPGraphData> curve;
    for (const QPointF& point : spectrum.curve)
        curve.append({point.x(), std::max(point.y(), spectrum.floor)});
    m_curve->data()->set(curve, true);
    m_ground->data()->clear();
    if (!curve.isEmpty()) {
        m_ground->addData(curve.front().key, spectrum.floor);
        m_ground->addData(curve.back().key, spectrum.floor);
    }
    mark();
    setEmptyText(curve.isEmpty() ? spectrum.meaning : QString());
    setSummary(spectrum.meaning);
    applyStyle();
    fitAxes();
    redrawSoon();
}

void SpectrumPlot::mark()
{
    for (QCPItemStraightLine* line : std::as_const(m_edges))
        removeItem(line);
    m_edges.clear();
    if (!m_spectrum.edge || m_spectrum.curve.isEmpty())
        return;
    for (const double at : {-*m_spectrum.edge, *m_spectrum.edge}) {
        if (at < m_spectrum.curve.front().x() || at > m_spectrum.curve.back().x())
            continue;
        auto* line = new QCPItemStraightLine(this);
        line->point1->setCoords(at, 1);
        line->point2->setCoords(at, 2);
        m_edges.append(line);
    }
}

void SpectrumPlot::applyStyle()
{
    m_curve->setPen(style().originalPen());
    QColor area = style().original;
    area.setAlpha(50);
    m_curve->setBrush(area);
    m_curve->setChannelFillGraph(m_ground);
    for (QCPItemStraightLine* line : std::as_const(m_edges))
        line->setPen(QPen(style().quantized, 1, Qt::DashLine));
}

void SpectrumPlot::fitAxes()
{
    if (m_spectrum.curve.isEmpty())
        return;
    double most = m_spectrum.floor;
    for (const QPointF& point : std::as_const(m_spectrum.curve))
        most = std::max(most, point.y());
    xAxis->setRange(m_spectrum.curve.front().x(), m_spectrum.curve.back().x());
    yAxis->setRange(m_spectrum.floor, most * 2);
}

TextTable SpectrumPlot::table() const
{
    TextTable result;
    result.header = {axisLabel(xAxis), axisLabel(yAxis)};
    for (const QPointF& point : m_spectrum.curve)
        result.rows.append(
            {QString::number(point.x(), 'g', 6), QString::number(point.y(), 'g', 6)});
    return result;
}

} // namespace bitloom

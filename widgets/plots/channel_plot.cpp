// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/channel_plot.h"

#include <algorithm>

namespace bitloom {

namespace {

constexpr qsizetype kMostPoints = 512; // more are not seen, and take longer than a frame to fill

} // namespace

ChannelPlot::ChannelPlot(const QString& stem, const QString& name, QWidget* parent)
    : PlotBase(stem, name, parent)
    , m_low(addGraph())
    , m_high(addGraph())
{
    m_low->setLineStyle(QCPGraph::lsStepCenter);
    m_high->setLineStyle(QCPGraph::lsStepCenter);
    m_high->setChannelFillGraph(m_low);
    restyle();
    setRanges({});
}

void ChannelPlot::setRanges(const ChannelRanges& ranges)
{
    m_ranges = ranges;
    const qsizetype count = std::min(ranges.minimum.size(), ranges.maximum.size());
    const qsizetype joined = std::max<qsizetype>(1, (count + kMostPoints - 1) / kMostPoints);
    QVector<QCPGraphData> low;
    QVector<QCPGraphData> high;
    for (qsizetype first = 0; first < count; first += joined) {
        const qsizetype end = std::min(first + joined, count);
        const double key = double(first + end - 1) / 2;
        low.append(
            {key, *std::min_element(ranges.minimum.begin() + first, ranges.minimum.begin() + end)});
        high.append(
            {key, *std::max_element(ranges.maximum.begin() + first, ranges.maximum.begin() + end)});
    }
    m_low->data()->set(low, true);
    m_high->data()->set(high, true);
    setAxisLabel(xAxis, ranges.title.isEmpty() ? tr("channel") : ranges.title);
    setAxisLabel(yAxis, ranges.valueName);
    setEmptyText(count > 0 ? QString() : tr("Select a layer to see the ranges of its channels."));
    if (count > 0)
        setSummary(tr("%1, %2 channels, values from %3 to %4.")
                       .arg(ranges.title)
                       .arg(count)
                       .arg(*std::min_element(ranges.minimum.begin(), ranges.minimum.end()))
                       .arg(*std::max_element(ranges.maximum.begin(), ranges.maximum.end())));
    fitAxes();
    redrawSoon();
}

void ChannelPlot::applyStyle()
{
    QColor fill = style().original;
    fill.setAlpha(90);
    m_high->setBrush(fill);
    m_low->setPen(style().originalPen());
    m_high->setPen(style().originalPen());
}

void ChannelPlot::fitAxes()
{
    if (m_ranges.minimum.isEmpty() || m_ranges.maximum.isEmpty())
        return;
    const double low = *std::min_element(m_ranges.minimum.begin(), m_ranges.minimum.end());
    const double high = *std::max_element(m_ranges.maximum.begin(), m_ranges.maximum.end());
    const double margin = std::max((high - low) * 0.06, 1e-12);
    xAxis->setRange(-0.5, static_cast<double>(m_ranges.minimum.size()) - 0.5);
    yAxis->setRange(low - margin, high + margin);
}

TextTable ChannelPlot::table() const
{
    TextTable result;
    result.header = {tr("channel"), tr("least"), tr("greatest")};
    for (qsizetype i = 0; i < std::min(m_ranges.minimum.size(), m_ranges.maximum.size()); ++i)
        result.rows.append({QString::number(i), QString::number(m_ranges.minimum[i], 'g', 6),
                            QString::number(m_ranges.maximum[i], 'g', 6)});
    return result;
}

} // namespace bitloom

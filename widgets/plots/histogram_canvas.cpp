// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/histogram_canvas.h"

#include "widgets/base/figures.h"
#include "widgets/plots/histogram_shapes.h"

#include <algorithm>
#include <cmath>

namespace bitloom {

namespace {

constexpr int kMostStems = 64; ///< more levels than these are drawn as a line
constexpr int kBandBins = 256;
constexpr int kMarkedBins = 23;
constexpr double kOutlierSigma = 6; ///< as in the statistics

QColor veiled(QColor color, int alpha)
{
    color.setAlpha(alpha);
    return color;
}

/// A marker on every so many bins: tells lines apart where colour does not.
void markLine(QCPGraph* graph, int index)
{
    static const QCPScatterStyle::ScatterShape kShapes[kMostOverlays] = {
        QCPScatterStyle::ssCircle, QCPScatterStyle::ssTriangle, QCPScatterStyle::ssSquare,
        QCPScatterStyle::ssCross,  QCPScatterStyle::ssDiamond,  QCPScatterStyle::ssPlus};
    graph->setScatterStyle(QCPScatterStyle(kShapes[index % kMostOverlays], 7));
    graph->setScatterSkip(kMarkedBins);
}

QString axisNumber(double value)
{
    return QString::number(value, 'g', 6);
}

} // namespace

HistogramCanvas::HistogramCanvas(QWidget* parent)
    : PlotBase(QStringLiteral("histogram"), tr("Histogram of the selected layers"), parent)
    , m_emptySentence(tr("Select a layer to see how its weights are spread."))
    , m_clip(this)
{
    setMouseTracking(true);
    keepRoomForFlags();
    restyle();
}

void HistogramCanvas::setLayers(const QList<HistogramLayer>& layers)
{
    m_layers = layers;
    m_dragged = ClipHandles::None;
    redraw();
    resetView();
}

void HistogramCanvas::setEmptySentence(const QString& text)
{
    m_emptySentence = text;
    redraw();
}

void HistogramCanvas::setLogScale(bool on)
{
    m_log = on;
    yAxis->setScaleType(on ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
    yAxis->setTicker(on ? QSharedPointer<QCPAxisTicker>(new QCPAxisTickerLog)
                        : QSharedPointer<QCPAxisTicker>(new QCPAxisTicker));
    resetView();
}

void HistogramCanvas::setWithoutOutliers(bool on)
{
    m_withoutOutliers = on;
    resetView();
}

void HistogramCanvas::setShowActivation(bool on)
{
    m_activation = on;
    redraw();
    resetView();
}

void HistogramCanvas::setHandles(std::optional<ClipRange> handles, bool editable)
{
    if (m_dragged != ClipHandles::None)
        return; // the hand on the handle knows better
    m_handles = handles;
    m_editable = editable;
    placeHandles();
    redrawSoon();
}

QPointF HistogramCanvas::handlePosition(bool high) const
{
    return m_clip.position(high ? ClipHandles::High : ClipHandles::Low);
}

const HistogramBins& HistogramCanvas::bins(const HistogramLayer& layer) const
{
    return m_activation ? layer.activation : layer.original;
}

ClipRange HistogramCanvas::extent() const
{
    std::optional<ClipRange> range;
    for (const HistogramLayer& layer : m_layers) {
        const HistogramBins& drawn = bins(layer);
        if (drawn.isEmpty())
            continue;
        if (!range)
            range = ClipRange{drawn.low, drawn.high};
        range->low = std::min(range->low, drawn.low);
        range->high = std::max(range->high, drawn.high);
    }
    return range.value_or(ClipRange{0, 1});
}

void HistogramCanvas::redraw()
{
    clearGraphs();
    legend->clearItems();
    m_greatest = 0;
    m_least = HUGE_VAL;
    const bool any = std::any_of(m_layers.begin(), m_layers.end(),
                                 [this](const auto& layer) { return !bins(layer).isEmpty(); });
    if (!any)
        setEmptyText(m_layers.isEmpty() || !m_activation ? m_emptySentence
                                                         : tr("The input was not measured yet."));
    else if (m_layers.size() == 1)
        drawOne(m_layers.first());
    else if (m_layers.size() <= kMostOverlays)
        drawOverlays();
    else
        drawBand();
    if (any)
        describe();
    setLegendShown(any && legend->itemCount() > 1);
    setAxisLabel(xAxis, m_activation ? tr("input value") : tr("weight value"));
    const QString unit = m_activation ? tr("values per bin") : tr("weights per bin");
    setAxisLabel(yAxis, m_layers.size() > 1 ? tr("density") : unit);
    placeHandles();
    redrawSoon();
}

QCPGraph* HistogramCanvas::addSteps(const HistogramBins& drawn, const QString& name)
{
    QVector<QCPGraphData> points;
    points.reserve(drawn.counts.size() + 1);
    for (qsizetype i = 0; i < drawn.counts.size(); ++i) {
        const double y = drawn.counts[i];
        points.append(QCPGraphData(drawn.low + double(i) * binWidth(drawn), y));
        m_greatest = std::max(m_greatest, y);
        if (y > 0)
            m_least = std::min(m_least, y);
    }
    points.append(QCPGraphData(drawn.high, 0));
    QCPGraph* graph = addGraph();
    graph->data()->set(points, true);
    graph->setLineStyle(QCPGraph::lsStepLeft);
    setFullName(graph, name);
    if (!name.isEmpty())
        graph->addToLegend();
    return graph;
}

void HistogramCanvas::drawOne(const HistogramLayer& layer)
{
    setEmptyText({});
    QCPGraph* graph = addSteps(bins(layer), m_activation ? tr("input") : tr("original"));
    const QColor color = m_activation ? style().activation : style().original;
    graph->setPen(QPen(color, 1.2));
    graph->setBrush(veiled(color, 90));
    if (!m_activation && !layer.quantized.isEmpty())
        drawLevels(layer.quantized);
}

void HistogramCanvas::drawLevels(const HistogramBins& levels)
{
    const HistogramBins spread = spreadLevels(levels);
    QCPGraph* graph = addSteps(spread, tr("quantized levels"));
    if (occupiedCount(levels) > kMostStems) {
        graph->setPen(QPen(style().quantized, 1));
        markLine(graph, 4);
        return;
    }
    QVector<QCPGraphData> stems;
    for (qsizetype i = 0; i < spread.counts.size(); ++i)
        if (spread.counts[i] > 0)
            stems.append(
                QCPGraphData(spread.low + (double(i) + 0.5) * binWidth(spread), spread.counts[i]));
    graph->data()->set(stems, true);
    graph->setLineStyle(QCPGraph::lsImpulse);
    graph->setPen(style().quantizedPen());
    graph->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDiamond, QPen(style().quantized),
                                           QBrush(style().quantized), 7));
}

void HistogramCanvas::drawOverlays()
{
    setEmptyText({});
    for (int i = 0; i < m_layers.size(); ++i) {
        const HistogramBins& drawn = bins(m_layers[i]);
        if (drawn.isEmpty())
            continue;
        QCPGraph* graph = addSteps(density(drawn), m_layers[i].name);
        graph->setPen(style().overlayPen(i));
        markLine(graph, i);
    }
}

void HistogramCanvas::drawBand()
{
    setEmptyText({});
    QList<const HistogramBins*> many;
    for (const HistogramLayer& layer : m_layers)
        if (!bins(layer).isEmpty())
            many.append(&bins(layer));
    const HistogramBand band = densityBand(many, extent(), kBandBins);
    QCPGraph* top = addSteps(band.greatest, tr("least to greatest of %n layers", nullptr,
                                               static_cast<int>(many.size())));
    QCPGraph* bottom = addSteps(band.least, QString());
    top->setChannelFillGraph(bottom);
    top->setBrush(veiled(style().original, 70));
    for (QCPGraph* edge : {top, bottom})
        edge->setPen(QPen(veiled(style().original, 150), 1));
    addSteps(band.median, tr("median"))->setPen(QPen(style().original, 2));
}

void HistogramCanvas::describe()
{
    const ClipRange range = extent();
    const QString what = m_layers.size() == 1
                             ? m_layers.first().name
                             : tr("%n layers", nullptr, static_cast<int>(m_layers.size()));
    QString sentence =
        m_activation ? tr("Inputs of %1 from %2 to %3") : tr("Weights of %1 from %2 to %3");
    sentence = sentence.arg(what, plainFigure(range.low, 4), plainFigure(range.high, 4));
    if (m_layers.size() == 1 && !m_activation && !m_layers.first().quantized.isEmpty())
        sentence += tr(", with the quantized levels over them");
    setSummary(sentence + u'.');
}

void HistogramCanvas::placeHandles()
{
    if (m_handles && m_layers.size() == 1 && !m_activation)
        m_clip.show(*m_handles, extent(), m_editable);
    else
        m_clip.hide();
}

void HistogramCanvas::applyStyle()
{
    m_clip.applyStyle(style(), font());
    redraw();
}

ClipRange HistogramCanvas::withoutOutliers(const ClipRange& range) const
{
    ClipRange inner{HUGE_VAL, -HUGE_VAL};
    for (const HistogramLayer& layer : m_layers) {
        inner.low = std::min(inner.low, layer.mean - kOutlierSigma * layer.deviation);
        inner.high = std::max(inner.high, layer.mean + kOutlierSigma * layer.deviation);
    }
    if (!(inner.low < inner.high))
        return range; // no deviation known
    return {std::max(range.low, inner.low), std::min(range.high, inner.high)};
}

void HistogramCanvas::fitAxes()
{
    ClipRange range = extent();
    if (m_withoutOutliers && !m_activation)
        range = withoutOutliers(range);
    const double margin = (range.high - range.low) * 0.03;
    xAxis->setRange(range.low - margin, range.high + margin);
    const double top = m_greatest > 0 ? m_greatest : 1;
    if (m_log)
        yAxis->setRange(std::min(m_least, top) / 2, top * 2);
    else
        yAxis->setRange(0, top * 1.08);
}

void HistogramCanvas::mousePressEvent(QMouseEvent* event)
{
    m_dragged =
        event->button() == Qt::LeftButton ? m_clip.at(event->position()) : ClipHandles::None;
    if (m_dragged == ClipHandles::None)
        return PlotBase::mousePressEvent(event);
    event->accept();
}

void HistogramCanvas::mouseMoveEvent(QMouseEvent* event)
{
    if (m_dragged == ClipHandles::None) {
        const bool grips = m_clip.at(event->position()) != ClipHandles::None;
        setCursor(grips ? Qt::SplitHCursor : Qt::ArrowCursor);
        return PlotBase::mouseMoveEvent(event);
    }
    m_clip.move(m_dragged, xAxis->pixelToCoord(event->position().x()));
    m_handles = m_clip.range();
    redrawSoon();
    emit handleMoved(m_handles->low, m_handles->high);
}

void HistogramCanvas::mouseReleaseEvent(QMouseEvent* event)
{
    if (m_dragged == ClipHandles::None)
        return PlotBase::mouseReleaseEvent(event);
    m_dragged = ClipHandles::None;
    emit handleReleased(m_handles->low, m_handles->high);
}

TextTable HistogramCanvas::table() const
{
    TextTable result;
    result.header = {tr("layer"), tr("from"), tr("to"), tr("count"), tr("quantized count")};
    for (const HistogramLayer& layer : m_layers) {
        const HistogramBins& drawn = bins(layer);
        const bool levels = !m_activation && layer.quantized.counts.size() == drawn.counts.size();
        const double width = drawn.isEmpty() ? 0 : binWidth(drawn);
        for (qsizetype i = 0; i < drawn.counts.size(); ++i)
            result.rows.append(
                {layer.name, axisNumber(drawn.low + double(i) * width),
                 axisNumber(drawn.low + double(i + 1) * width),
                 QString::number(drawn.counts[i], 'f', 0),
                 levels ? QString::number(layer.quantized.counts[i], 'f', 0) : QString()});
    }
    return result;
}

} // namespace bitloom

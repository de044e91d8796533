// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/histogram_canvas.h"

#include <algorithm>
#include <cmath>

namespace bitloom {

namespace {

constexpr int kMostStems = 64;      ///< more levels than these are drawn as a line
constexpr double kOutlierSigma = 6; ///< as in the statistics

double binWidth(const HistogramBins& bins)
{
    return (bins.high - bins.low) / static_cast<double>(bins.counts.size());
}

double total(const HistogramBins& bins)
{
    double sum = 0;
    for (const double count : bins.counts)
        sum += count;
    return std::max(sum, 1.0);
}

/// Factor from counts to density, so that layers of different sizes can share an axis.
double densityScale(const HistogramBins& bins)
{
    return 1 / (total(bins) * binWidth(bins));
}

QList<int> occupied(const HistogramBins& bins)
{
    QList<int> indexes;
    for (int i = 0; i < bins.counts.size(); ++i)
        if (bins.counts[i] > 0)
            indexes.append(i);
    return indexes;
}

/// Bins that belong to the occupied bin `at`: up to half-way to its neighbours.
double cellOf(const QList<int>& indexes, qsizetype at)
{
    if (indexes.size() < 2)
        return 1;
    const double left = at > 0 ? indexes[at] - indexes[at - 1] : indexes[at + 1] - indexes[at];
    const double right = at + 1 < indexes.size() ? indexes[at + 1] - indexes[at] : left;
    return (left + right) / 2;
}

double valueAt(const HistogramBins& bins, double x)
{
    const double place = (x - bins.low) / binWidth(bins);
    const int index = static_cast<int>(std::floor(place));
    return index < 0 || index >= bins.counts.size() ? 0 : bins.counts[index];
}

QColor veiled(QColor color, int alpha)
{
    color.setAlpha(alpha);
    return color;
}

QString number(double value)
{
    return QString::number(value, 'g', 6);
}

} // namespace

HistogramCanvas::HistogramCanvas(QWidget* parent)
    : PlotBase(QStringLiteral("histogram"), tr("Histogram of the selected layers"), parent)
    , m_emptySentence(tr("Select a layer to see how its weights are spread."))
{
    setMouseTracking(true);
    buildHandles();
    axisRect()->insetLayout()->setInsetAlignment(0, Qt::AlignTop | Qt::AlignRight);
    restyle();
}

void HistogramCanvas::buildHandles()
{
    addLayer(QStringLiteral("handles"), layer(QStringLiteral("main")), limAbove);
    for (int side = 0; side < 2; ++side) {
        m_shades[side] = new QCPItemRect(this);
        m_lines[side] = new QCPItemStraightLine(this);
        m_labels[side] = new QCPItemText(this);
        for (QCPAbstractItem* item : {static_cast<QCPAbstractItem*>(m_shades[side]),
                                      static_cast<QCPAbstractItem*>(m_lines[side]),
                                      static_cast<QCPAbstractItem*>(m_labels[side])}) {
            item->setLayer(QStringLiteral("handles"));
            item->setVisible(false);
        }
        m_labels[side]->setText(tr("clip"));
        m_labels[side]->setPadding(QMargins(4, 1, 4, 1));
        m_labels[side]->position->setTypeX(QCPItemPosition::ptPlotCoords);
        m_labels[side]->position->setTypeY(QCPItemPosition::ptAxisRectRatio);
        m_labels[side]->setPositionAlignment(Qt::AlignTop |
                                             (side == 0 ? Qt::AlignLeft : Qt::AlignRight));
        for (QCPItemPosition* corner : {m_shades[side]->topLeft, m_shades[side]->bottomRight}) {
            corner->setTypeX(QCPItemPosition::ptPlotCoords);
            corner->setTypeY(QCPItemPosition::ptAxisRectRatio);
        }
    }
}

void HistogramCanvas::setLayers(const QList<HistogramLayer>& layers)
{
    m_layers = layers;
    redraw();
    fitAxes();
    redrawSoon();
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
    fitAxes();
    redrawSoon();
}

void HistogramCanvas::setWithoutOutliers(bool on)
{
    m_withoutOutliers = on;
    fitAxes();
    redrawSoon();
}

void HistogramCanvas::setShowActivation(bool on)
{
    m_activation = on;
    redraw();
    fitAxes();
    redrawSoon();
}

void HistogramCanvas::setHandles(std::optional<ClipRange> handles, bool editable)
{
    if (m_dragged != Handle::None)
        return; // the hand on the handle knows better
    m_handles = handles;
    m_editable = editable;
    placeHandles();
    redrawSoon();
}

QPointF HistogramCanvas::handlePosition(bool high) const
{
    const double x = m_handles ? (high ? m_handles->high : m_handles->low) : 0;
    return {xAxis->coordToPixel(x), axisRect()->center().y() + 0.0};
}

const HistogramBins& HistogramCanvas::bins(const HistogramLayer& layer) const
{
    return m_activation ? layer.activation : layer.original;
}

ClipRange HistogramCanvas::extent() const
{
    bool first = true;
    ClipRange range{0, 1};
    for (const HistogramLayer& layer : m_layers) {
        const HistogramBins& drawn = bins(layer);
        if (drawn.isEmpty())
            continue;
        range.low = first ? drawn.low : std::min(range.low, drawn.low);
        range.high = first ? drawn.high : std::max(range.high, drawn.high);
        first = false;
    }
    return range;
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
    legend->setVisible(any && legend->itemCount() > 1);
    xAxis->setLabel(m_activation ? tr("input value") : tr("weight value"));
    yAxis->setLabel(m_layers.size() > 1 ? tr("density")
                    : m_activation      ? tr("values per bin")
                                        : tr("weights per bin"));
    placeHandles();
}

QCPGraph* HistogramCanvas::addSteps(const HistogramBins& drawn, double scale, const QString& name)
{
    const qsizetype count = drawn.counts.size();
    const double width = binWidth(drawn);
    QVector<QCPGraphData> points;
    points.reserve(count + 2);
    for (qsizetype i = 0; i < count; ++i) {
        const double y = drawn.counts[i] * scale;
        points.append(QCPGraphData(drawn.low + double(i) * width, y));
        m_greatest = std::max(m_greatest, y);
        if (y > 0)
            m_least = std::min(m_least, y);
    }
    points.append(QCPGraphData(drawn.high, 0));
    QCPGraph* graph = addGraph();
    graph->data()->set(points, true);
    graph->setLineStyle(QCPGraph::lsStepLeft);
    graph->setName(name);
    graph->addToLegend();
    return graph;
}

void HistogramCanvas::drawOne(const HistogramLayer& layer)
{
    QCPGraph* graph = addSteps(bins(layer), 1, m_activation ? tr("input") : tr("original"));
    const QColor color = m_activation ? style().activation : style().original;
    graph->setPen(QPen(color, 1.2));
    graph->setBrush(veiled(color, 90));
    if (!m_activation && !layer.quantized.isEmpty())
        drawLevels(layer.quantized);
    setEmptyText({});
}

void HistogramCanvas::drawLevels(const HistogramBins& levels)
{
    const QList<int> indexes = occupied(levels);
    HistogramBins spread = levels;
    for (qsizetype i = 0; i < indexes.size(); ++i)
        spread.counts[indexes[i]] /= cellOf(indexes, i);
    QCPGraph* graph = addSteps(spread, 1, tr("quantized levels"));
    if (indexes.size() > kMostStems) {
        graph->setPen(style().quantizedPen());
        return;
    }
    QVector<QCPGraphData> stems;
    for (const int index : indexes)
        stems.append(
            QCPGraphData(levels.low + (index + 0.5) * binWidth(levels), spread.counts[index]));
    graph->data()->set(stems, true);
    graph->setLineStyle(QCPGraph::lsImpulse);
    graph->setPen(style().quantizedPen());
    graph->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDiamond, QPen(style().quantized),
                                           QBrush(style().quantized), 7));
}

void HistogramCanvas::drawOverlays()
{
    for (int i = 0; i < m_layers.size(); ++i) {
        const HistogramBins& drawn = bins(m_layers[i]);
        if (!drawn.isEmpty())
            addSteps(drawn, densityScale(drawn), m_layers[i].name)->setPen(style().overlayPen(i));
    }
    setEmptyText({});
}

void HistogramCanvas::drawBand()
{
    constexpr int kBandBins = 256;
    const ClipRange range = extent();
    const double width = (range.high - range.low) / kBandBins;
    HistogramBins least{range.low, range.high, QList<double>(kBandBins)};
    HistogramBins middle = least;
    HistogramBins greatest = least;
    QList<QPair<const HistogramBins*, double>> drawn;
    for (const HistogramLayer& layer : m_layers)
        if (!bins(layer).isEmpty())
            drawn.append({&bins(layer), densityScale(bins(layer))});
    QList<double> values(drawn.size());
    for (int i = 0; i < kBandBins; ++i) {
        const double x = range.low + (i + 0.5) * width;
        for (qsizetype k = 0; k < drawn.size(); ++k)
            values[k] = valueAt(*drawn[k].first, x) * drawn[k].second;
        std::sort(values.begin(), values.end());
        least.counts[i] = values.first();
        middle.counts[i] = values[values.size() / 2];
        greatest.counts[i] = values.last();
    }
    QCPGraph* top = addSteps(
        greatest, 1, tr("least to greatest of %n layers", nullptr, static_cast<int>(drawn.size())));
    QCPGraph* bottom = addSteps(least, 1, QString());
    bottom->removeFromLegend();
    top->setChannelFillGraph(bottom);
    top->setBrush(veiled(style().original, 70));
    for (QCPGraph* edge : {top, bottom})
        edge->setPen(QPen(veiled(style().original, 150), 1));
    addSteps(middle, 1, tr("median"))->setPen(QPen(style().original, 2));
    setEmptyText({});
}

void HistogramCanvas::describe()
{
    const ClipRange range = extent();
    const QString what = m_layers.size() == 1
                             ? m_layers.first().name
                             : tr("%n layers", nullptr, static_cast<int>(m_layers.size()));
    QString sentence = m_activation ? tr("Inputs of %1 from %2 to %3").arg(what)
                                    : tr("Weights of %1 from %2 to %3").arg(what);
    sentence = sentence.arg(number(range.low), number(range.high));
    if (m_layers.size() == 1 && !m_layers.first().quantized.isEmpty())
        sentence += tr(", with the quantized levels over them");
    setSummary(sentence + u'.');
}

void HistogramCanvas::placeHandles()
{
    const bool shown = m_handles && m_layers.size() == 1 && !m_activation;
    for (int side = 0; side < 2; ++side) {
        m_lines[side]->setVisible(shown);
        m_labels[side]->setVisible(shown && m_editable);
        m_shades[side]->setVisible(shown);
        if (!shown)
            continue;
        const double x = side == 0 ? m_handles->low : m_handles->high;
        const double far = side == 0 ? extent().low : extent().high;
        m_lines[side]->point1->setCoords(x, 0);
        m_lines[side]->point2->setCoords(x, 1);
        m_labels[side]->position->setCoords(x, 0);
        m_shades[side]->topLeft->setCoords(std::min(x, far), 0);
        m_shades[side]->bottomRight->setCoords(std::max(x, far), 1);
    }
}

void HistogramCanvas::applyStyle()
{
    for (int side = 0; side < 2; ++side) {
        m_lines[side]->setPen(QPen(style().text, 1.5));
        m_labels[side]->setColor(style().background);
        m_labels[side]->setBrush(style().text);
        m_labels[side]->setPen(Qt::NoPen);
        m_labels[side]->setFont(font());
        m_shades[side]->setBrush(veiled(style().text, 40));
        m_shades[side]->setPen(Qt::NoPen);
    }
    redraw();
}

void HistogramCanvas::fitAxes()
{
    ClipRange range = extent();
    if (m_withoutOutliers && !m_activation) {
        double low = HUGE_VAL;
        double high = -HUGE_VAL;
        for (const HistogramLayer& layer : m_layers) {
            low = std::min(low, layer.mean - kOutlierSigma * layer.deviation);
            high = std::max(high, layer.mean + kOutlierSigma * layer.deviation);
        }
        if (low < high)
            range = {std::max(range.low, low), std::min(range.high, high)};
    }
    const double margin = (range.high - range.low) * 0.03;
    xAxis->setRange(range.low - margin, range.high + margin);
    const double top = m_greatest > 0 ? m_greatest : 1;
    if (m_log)
        yAxis->setRange(std::min(m_least, top) / 2, top * 2);
    else
        yAxis->setRange(0, top * 1.08);
}

QRectF HistogramCanvas::labelRect(Handle side) const
{
    const QCPItemText* label = m_labels[side == Handle::Low ? 0 : 1];
    return {label->topLeft->pixelPosition(), label->bottomRight->pixelPosition()};
}

HistogramCanvas::Handle HistogramCanvas::handleAt(const QPointF& position) const
{
    constexpr double kReach = 7; // pixels
    if (!m_editable || !m_lines[0]->visible() || !axisRect()->rect().contains(position.toPoint()))
        return Handle::None;
    const double low = std::abs(position.x() - handlePosition(false).x());
    const double high = std::abs(position.x() - handlePosition(true).x());
    if (std::min(low, high) <= kReach)
        return low < high ? Handle::Low : Handle::High;
    for (const Handle side : {Handle::Low, Handle::High})
        if (labelRect(side).contains(position))
            return side;
    return Handle::None;
}

void HistogramCanvas::dragTo(double x)
{
    const ClipRange range = extent();
    const double least = (range.high - range.low) / 1000;
    if (m_dragged == Handle::Low)
        m_handles->low = std::clamp(x, range.low, std::max(range.low, m_handles->high - least));
    else
        m_handles->high = std::clamp(x, std::min(range.high, m_handles->low + least), range.high);
    placeHandles();
    redrawSoon();
}

void HistogramCanvas::mousePressEvent(QMouseEvent* event)
{
    m_dragged = event->button() == Qt::LeftButton ? handleAt(event->position()) : Handle::None;
    if (m_dragged == Handle::None)
        return PlotBase::mousePressEvent(event);
    event->accept();
}

void HistogramCanvas::mouseMoveEvent(QMouseEvent* event)
{
    if (m_dragged == Handle::None) {
        setCursor(handleAt(event->position()) == Handle::None ? Qt::ArrowCursor : Qt::SplitHCursor);
        return PlotBase::mouseMoveEvent(event);
    }
    dragTo(xAxis->pixelToCoord(event->position().x()));
    emit handleMoved(m_handles->low, m_handles->high);
}

void HistogramCanvas::mouseReleaseEvent(QMouseEvent* event)
{
    if (m_dragged == Handle::None)
        return PlotBase::mouseReleaseEvent(event);
    m_dragged = Handle::None;
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
                {layer.name, number(drawn.low + double(i) * width),
                 number(drawn.low + double(i + 1) * width),
                 QString::number(drawn.counts[i], 'f', 0),
                 levels ? QString::number(layer.quantized.counts[i], 'f', 0) : QString()});
    }
    return result;
}

} // namespace bitloom

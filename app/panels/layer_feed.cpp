// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/layer_feed.h"

#include "app/words/widget_headers.h"
#include "app/words/words.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/statistics/model_statistics.h"
#include "core/workbench/workbench.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace bitloom {

namespace {

constexpr qsizetype kMostLayers = 200; ///< of a selection that are drawn as a band

HistogramBins binsOf(const Histogram& histogram)
{
    HistogramBins bins{histogram.low, histogram.high, {}};
    bins.counts.reserve(static_cast<qsizetype>(histogram.counts.size()));
    for (const uint64_t count : histogram.counts)
        bins.counts.append(static_cast<double>(count));
    return bins;
}

double total(const HistogramBins& bins)
{
    return std::accumulate(bins.counts.begin(), bins.counts.end(), 0.0);
}

/// Levels that were counted over a sample of the rows, as if over all.
HistogramBins scaledLevels(const LevelOverlay& overlay, const HistogramBins& original)
{
    HistogramBins levels = binsOf(overlay.quantized);
    const double counted = total(levels);
    for (double& count : levels.counts)
        count *= counted > 0 ? total(original) / counted : 1;
    return levels;
}

/// What of the selection is not drawn.
QString withoutApart(qsizetype count)
{
    return count == 0 ? QString() : LayerFeed::tr("; without norms and biases (%1)").arg(count);
}

std::optional<ClipRange> clipOf(const SlotChoice& choice, const SlotStatistics& statistics)
{
    if (!choice.clipLow && !choice.clipHigh)
        return std::nullopt;
    return ClipRange{choice.clipLow.value_or(statistics.moments.minimum),
                     choice.clipHigh.value_or(statistics.moments.maximum)};
}

} // namespace

struct LayerFeed::Layer {
    int slot = -1;
    Measurements::Statistics statistics;
    HistogramLayer drawn;
};

LayerFeed::LayerFeed(ApplicationContext& context, HistogramPlot* plot)
    : QObject(plot)
    , m_context(context)
    , m_plot(plot)
{
    plot->setEmptyText(emptyText({}));
    connect(plot, &HistogramPlot::clipMoved, this,
            [this](double low, double high) { setClip(low, high, false); });
    connect(plot, &HistogramPlot::clipReleased, this,
            [this](double low, double high) { setClip(low, high, true); });
    connect(plot, &HistogramPlot::clipRemoved, this, [this] { setClip({}, {}, true); });
    connect(&context.measurements, &Measurements::slotsChanged, this, &LayerFeed::showCaption);
    connect(&context.session, &Session::aboutToOpen, this, [this] { show({}); });
}

/// Why there is no histogram where there is none.
QString LayerFeed::emptyText(const QList<int>& selected) const
{
    if (selected.isEmpty())
        return tr("Select a layer to see its weights.");
    const Model& model = m_context.session.model();
    const StoredTensor& tensor = model.storedOf(model.graph.slot(selected.first()));
    return tensor.scheme ? tr("This tensor is empty.")
                         : tr("%1 numbers cannot be read here, so there is no histogram of them.")
                               .arg(QString::fromStdString(tensor.type));
}

void LayerFeed::refresh()
{
    QList<Layer> wanted;
    const QList<int> alike = m_context.selectedAlike();
    m_apart = m_context.selectedSlots().size() - alike.size();
    const QList<int> selected = alike.mid(0, kMostLayers);
    for (const int slot : selected) {
        if (!m_context.session.model().canRead(slot))
            continue;
        Layer layer{slot, m_context.measurements.statistics(slot), {}};
        layer.drawn.name = QString::fromStdString(m_context.session.model().graph.slot(slot).name);
        if (const auto activation = m_context.measurements.activation(slot))
            layer.drawn.activation = binsOf(activation->histogram);
        wanted.append(layer);
    }
    m_plot->setEmptyText(emptyText(selected));
    if (wanted.isEmpty()) {
        m_context.session.jobs().retire("histogram");
        show({});
        return;
    }
    auto work = [wanted, recipe = m_context.session.recipe(),
                 workbench = m_context.session.workbench()](JobProgress& progress) {
        QList<Layer> layers = wanted;
        for (Layer& layer : layers) {
            if (progress.stopRequested())
                break;
            if (!layer.statistics)
                layer.statistics = std::make_shared<const SlotStatistics>(
                    workbench->statistics().statistics(layer.slot, progress));
            layer.drawn.original = binsOf(layer.statistics->histogram);
            layer.drawn.mean = layer.statistics->moments.mean;
            layer.drawn.deviation = layer.statistics->moments.standardDeviation();
            const SlotChoice& choice = recipe.choice(layer.drawn.name.toStdString());
            if (layers.size() <= kMostOverlays && choice.changesWeights() &&
                layer.statistics->moments.notFinite() == 0 &&
                workbench->calibration().canEncode(layer.slot, choice) &&
                workbench->calibration().canEncode(recipe))
                layer.drawn.quantized =
                    scaledLevels(workbench->statistics().overlay(layer.slot, choice, progress,
                                                                 recipe.transforms),
                                 layer.drawn.original);
        }
        return layers;
    };
    m_context.session.jobs().start({"histogram", {}, JobQueue::Quick}, this, std::move(work),
                                   [this](const QList<Layer>& layers) { show(layers); });
}

void LayerFeed::show(const QList<Layer>& layers)
{
    m_shown.clear();
    QList<HistogramLayer> drawn;
    for (const Layer& layer : layers) {
        if (!layer.statistics)
            continue;
        m_shown.append(layer.slot);
        drawn.append(layer.drawn);
        if (!m_context.measurements.statistics(layer.slot) && layer.statistics->complete)
            m_context.measurements.setStatistics(layer.slot, layer.statistics);
    }
    m_plot->setLayers(drawn);
    const bool one = m_shown.size() == 1;
    const Layer* layer = one ? &layers.first() : nullptr;
    const SlotChoice choice = one ? m_context.session.choice(layer->slot) : SlotChoice();
    const bool quantizable = one && m_context.session.model().graph.slot(layer->slot).quantizable;
    m_plot->setClipEditable(quantizable && !choice.fit.locked);
    m_plot->setClip(one ? clipOf(choice, *layer->statistics) : std::nullopt);
    showCaption();
}

void LayerFeed::setCaption(const QString& text)
{
    const auto statistics = m_context.measurements.statistics(m_shown.first());
    const Moments moments = statistics ? statistics->moments : Moments();
    QStringList parts;
    if (moments.nans > 0)
        parts.append(tr("%1 NaN left out").arg(Words::count(static_cast<qint64>(moments.nans))));
    if (moments.infinities > 0)
        parts.append(
            tr("%1 infinite left out").arg(Words::count(static_cast<qint64>(moments.infinities))));
    m_plot->setCaption((parts << text).join(tr(" · ")));
}

void LayerFeed::showCaption()
{
    if (m_shown.size() != 1) {
        m_plot->setCaption(m_shown.isEmpty()
                               ? QString()
                               : tr("%n layers", nullptr, static_cast<int>(m_shown.size())) +
                                     withoutApart(m_apart));
        return;
    }
    const int slot = m_shown.first();
    const SlotChoice& choice = m_context.session.choice(slot);
    const std::optional<SlotError> error = m_context.measurements.error(slot);
    if (!choice.changesWeights()) {
        setCaption(tr("kept as stored") + withoutApart(m_apart));
    } else if (error) {
        const QString about = error->sampled ? QStringLiteral("≈ ") : QString();
        QString text = tr("relative error %1").arg(about + Words::percent(error->relative));
        if (error->hasDamage)
            text += tr(" · adds %1 (%2)")
                        .arg(Words::nats(error->damage),
                             Words::quantityTitle(m_context.session.model().graph.output));
        setCaption(text + withoutApart(m_apart));
    }
}

void LayerFeed::setClip(std::optional<double> low, std::optional<double> high, bool released)
{
    if (m_shown.size() != 1)
        return;
    m_context.session.setClip({m_shown.first()}, low, high, m_drag);
    if (released)
        ++m_drag;
}

QList<QPair<QString, QString>> statisticsRows(const ApplicationContext& context, int slot)
{
    const Slot& entry = context.session.model().graph.slot(slot);
    const std::string_view role = roleName(entry.role);
    QList<QPair<QString, QString>> rows{
        {LayerFeed::tr("Role"), QString::fromUtf8(role)},
        {LayerFeed::tr("Shape"), LayerFeed::tr("%1 × %2").arg(entry.rows).arg(entry.columns)},
        {LayerFeed::tr("Stored as"),
         QString::fromStdString(context.session.model().storedOf(entry).type)},
        {LayerFeed::tr("Parameters"), Words::count(entry.weights())}};
    if (!context.session.model().canRead(slot))
        rows.append({LayerFeed::tr("Statistics"),
                     LayerFeed::tr("none: numbers of this type cannot be read here")});
    const Measurements::Statistics statistics = context.measurements.statistics(slot);
    if (!statistics)
        return rows;
    const Moments& moments = statistics->moments;
    if (moments.nans > 0)
        rows.append({LayerFeed::tr("NaN"), Words::count(static_cast<qint64>(moments.nans))});
    if (moments.infinities > 0)
        rows.append(
            {LayerFeed::tr("Infinite"), Words::count(static_cast<qint64>(moments.infinities))});
    const double count = static_cast<double>(std::max<uint64_t>(1, moments.count));
    rows +=
        {{LayerFeed::tr("Minimum"), Words::number(moments.minimum)},
         {LayerFeed::tr("Maximum"), Words::number(moments.maximum)},
         {LayerFeed::tr("Mean"), Words::number(moments.mean)},
         {LayerFeed::tr("Standard deviation σ"), Words::number(moments.standardDeviation())},
         {LayerFeed::tr("Kurtosis"), Words::number(moments.kurtosis())},
         {LayerFeed::tr("Exact zeros"), Words::percent(static_cast<double>(moments.zeros) / count)},
         {LayerFeed::tr("Beyond 6 σ"), Words::percent(statistics->outlierShare)}};
    if (const auto activation = context.measurements.activation(slot)) {
        const Moments& input = activation->moments;
        rows += {{LayerFeed::tr("Input minimum"), Words::number(input.minimum)},
                 {LayerFeed::tr("Input maximum"), Words::number(input.maximum)},
                 {LayerFeed::tr("Input σ"), Words::number(input.standardDeviation())},
                 {LayerFeed::tr("Input kurtosis"), Words::number(input.kurtosis())}};
    }
    return rows;
}

} // namespace bitloom

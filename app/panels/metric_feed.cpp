// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/metric_feed.h"

#include "app/words/widget_headers.h"
#include "app/words/words.h"
#include "core/workbench/prediction/sensitivities.h"
#include "core/workbench/workbench.h"

#include <algorithm>

namespace bitloom {

namespace {

constexpr const char* kMetricTag = "metric";

qsizetype quantizableCount(const Model& model)
{
    const std::vector<Slot>& all = model.graph.slots;
    return std::count_if(all.begin(), all.end(), [](const Slot& slot) { return slot.quantizable; });
}

} // namespace

QString datedMethod(const Analysis& analysis)
{
    return analysis.isStale() ? MetricFeed::tr("Of the text chosen before; analyse again. %1")
                                    .arg(analysis.method())
                              : analysis.method();
}

QString methodText(const Analysis& analysis)
{
    const QString text = datedMethod(analysis);
    return analysis.methodWarning().isEmpty() ? text : text + ". ⚠ " + analysis.methodWarning();
}

MetricFeed::MetricFeed(ApplicationContext& context, BarPlot* bars)
    : QObject(bars)
    , m_context(context)
    , m_bars(bars)
    , m_row(&sensitivities().front())
{
    connect(&context.session, &Session::aboutToOpen, this, [this] { m_measured.reset(); });
    connect(&context.session, &Session::opened, this, &MetricFeed::offer);
    connect(&context.analysis, &Analysis::sensitivityChanged, this, &MetricFeed::show);
    connect(&context.analysis, &Analysis::settingsChanged, this, &MetricFeed::show);
    connect(&context.session.jobs(), &Jobs::finished, this, &MetricFeed::ended);
    connect(bars, &BarPlot::metricChosen, this, &MetricFeed::choose);
    show();
}

bool MetricFeed::isLive() const
{
    return m_row == &sensitivities().front();
}

void MetricFeed::offer()
{
    const Model& model = m_context.session.model();
    m_row = &sensitivities().front();
    m_measured.reset();
    QList<BarMetric> metrics;
    for (const SensitivityRow& metric : sensitivities())
        if (model.runnable() && metric.appliesTo(model.graph))
            metrics.append({Words::fromView(metric.id), Words::fromView(metric.title),
                            Words::fromView(metric.source)});
    m_bars->setMetrics(metrics, Words::fromView(m_row->id));
    show();
}

void MetricFeed::choose(const QString& id)
{
    m_row = &sensitivityNamed(id.toStdString());
    m_measured.reset();
    m_context.session.jobs().retire(kMetricTag);
    m_context.measurements.clearMetricDamages();
    if (!isLive())
        measure();
    show();
}

void MetricFeed::measure()
{
    auto work = [workbench = m_context.session.workbench(),
                 settings = m_context.analysis.settings(), into = &m_context.measurements,
                 metric = std::string(row().id),
                 readsText = row().readsText](JobProgress& progress) {
        const CalibrationSettings text = calibrationText(settings, workbench->model());
        const auto show = [&](const SlotDamage& found) {
            progress.show([into, found] { into->setMetricDamage(found.slot, found.damage); });
        };
        const auto damages = workbench->sensitivities().damagesBy(metric, text, progress, show);
        Measured measured;
        measured.source = readsText ? Words::examples(workbench->model(), text) : QString();
        measured.complete =
            static_cast<qsizetype>(damages.size()) == quantizableCount(workbench->model());
        return damages.empty() ? std::nullopt : std::optional(measured);
    };
    const QString title = tr("Sensitivity by %1").arg(Words::fromView(row().title));
    m_context.session.jobs().start({kMetricTag, title, JobQueue::Engine}, this, std::move(work),
                                   [this](const std::optional<Measured>& measured) {
                                       m_measured = measured;
                                       show();
                                   });
}

/// Also where it failed, or was stopped before it had anything to show.
void MetricFeed::ended(const QString& tag)
{
    if (tag == kMetricTag)
        show();
}

void MetricFeed::show()
{
    const Session& session = m_context.session;
    const OutputKind output =
        session.isOpen() ? session.model().graph.output : OutputKind::NextToken;
    const QString unit = row().predicts ? Words::quantityTitle(output)
                                        : tr("%1, no unit").arg(Words::fromView(row().title));
    m_bars->setQuantity(isLive() ? SensitivityRole : MetricRole, unit);
    m_bars->setSubtitle(subtitle());
    m_bars->setEmptyText(emptyText());
}

QString MetricFeed::subtitle() const
{
    if (isLive())
        return methodText(m_context.analysis);
    if (!m_measured)
        return Words::fromView(row().source);
    QString text = m_measured->source.isEmpty()
                       ? tr("%1, of the weights alone.").arg(Words::fromView(row().source))
                       : tr("%1, over %2.").arg(Words::fromView(row().source), m_measured->source);
    if (!row().predicts)
        text += u' ' + tr("It has no unit: it only tells which layer is worse.");
    if (!m_measured->complete)
        text += u' ' + tr("Stopped before the last layer.");
    return text;
}

QString MetricFeed::emptyText() const
{
    const Session& session = m_context.session;
    if (session.isOpen() && !session.model().runnable())
        return Words::sentence(session.model().missing);
    if (isLive())
        return tr("Press F5 to measure what each layer can bear.");
    return m_context.session.jobs().isRunning(kMetricTag)
               ? tr("Measuring…")
               : tr("Not measured. Choose the metric again to measure it.");
}

} // namespace bitloom

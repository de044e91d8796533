// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/lab_feed.h"

#include "app/words/widget_headers.h"
#include "app/words/words.h"
#include "core/workbench/lab/laboratory.h"
#include "core/workbench/workbench.h"

namespace bitloom {

namespace {

/// Windows of the held-out text that every change is tried on: enough for the order.
constexpr int64_t kTriedWindows = 16;

LabSettings labSettings(const AnalysisSettings& settings, const Model& model, bool ofValues)
{
    LabSettings lab;
    if (ofValues)
        lab.activationSchemes = usualActivationSchemes();
    lab.calibration = calibrationText(settings, model);
    const NamedText text = evaluationText(settings);
    lab.evaluation.text = text.text;
    lab.evaluation.textName = text.name.toStdString();
    lab.evaluation.windows.context = lab.calibration.context;
    lab.evaluation.windows.windows = kTriedWindows;
    return lab;
}

QStringList cellsOf(const LabScore& score, const LabMetric& metric)
{
    QStringList cells = {Words::coefficient(score.spearman)};
    for (const double within : score.within)
        cells.append(Words::coefficient(within));
    cells.append(metric.predicts
                     ? LabFeed::tr("%1 ± %2").arg(Words::coefficient(score.ratio.mean),
                                                  Words::coefficient(score.ratio.deviation))
                     : LabFeed::tr("–"));
    return cells;
}

} // namespace

const Lab& LabFeed::lab() const
{
    return m_panel->showsActivations() ? m_ofValues : m_ofSlots;
}

LabFeed::LabFeed(ApplicationContext& context, LabPanel* panel)
    : QObject(panel)
    , m_context(context)
    , m_panel(panel)
{
    connect(&context.session, &Session::aboutToOpen, this, &LabFeed::clear);
    connect(&context.session, &Session::opened, this, &LabFeed::showState);
    connect(panel, &LabPanel::measureRequested, this, &LabFeed::measure);
    connect(panel, &LabPanel::rowChosen, this, &LabFeed::showDots);
    connect(panel, &LabPanel::subjectChosen, this, [this] {
        showScores();
        showState();
    });
    connect(panel->plot(), &LabPlot::dotChosen, this, &LabFeed::choose);
    clear();
}

void LabFeed::clear()
{
    m_ofSlots = m_ofValues = {};
    showScores();
    showState();
}

void LabFeed::measure()
{
    auto work = [workbench = m_context.session.workbench(),
                 settings = m_context.analysis.settings(),
                 ofValues = m_panel->showsActivations()](JobProgress& progress) {
        return runLab(workbench->laboratory(), labSettings(settings, workbench->model(), ofValues),
                      progress);
    };
    m_context.session.jobs().start({"lab", tr("Metric lab"), JobQueue::Engine}, this,
                                   std::move(work), [this](const Lab& lab) {
                                       if (lab.points.empty())
                                           return;
                                       (lab.ofValues ? m_ofValues : m_ofSlots) = lab;
                                       showScores();
                                       showState();
                                   });
}

/// The layer, or those that see the value.
void LabFeed::choose(int index)
{
    if (!lab().ofValues)
        return m_context.select({index});
    const Graph& graph = m_context.session.model().graph;
    QList<int> slots;
    for (int slot = 0; slot < static_cast<int>(graph.slots.size()); ++slot)
        if (graph.slot(slot).quantizable && quantizableInput(graph, slot) == index)
            slots.append(slot);
    if (!slots.isEmpty())
        m_context.select(slots);
}

void LabFeed::showScores()
{
    const Lab& shown = lab();
    QStringList header = {tr("metric"), tr("rank correlation")};
    for (const std::string& scheme : shown.schemes)
        header.append(tr("within %1").arg(QString::fromStdString(scheme)));
    header.append(tr("ln(predicted / measured)"));
    QList<LabRow> rows;
    for (size_t i = 0; i < shown.scores.size(); ++i) {
        const LabMetric& metric = shown.metrics[i];
        rows.append({QString::fromStdString(std::string(metric.title)),
                     QString::fromStdString(std::string(metric.source)),
                     cellsOf(shown.scores[i], metric)});
    }
    m_panel->setRows(header, rows);
}

void LabFeed::showDots()
{
    const Lab& shown = lab();
    const int row = m_panel->chosenRow();
    const QString why = tr("Here every prediction stands against its measurement.");
    if (row < 0 || row >= static_cast<int>(shown.metrics.size())) {
        m_panel->plot()->setDots({}, {}, false, why);
        return;
    }
    const auto metricIndex = static_cast<size_t>(row);
    const LabMetric& metric = shown.metrics[metricIndex];
    const Graph& graph = m_context.session.model().graph;
    QStringList kinds;
    for (const std::string& scheme : shown.schemes)
        kinds.append(QString::fromStdString(scheme));
    QList<LabDot> dots;
    for (const LabPoint& point : shown.points) {
        const auto index = static_cast<size_t>(point.index);
        const std::string& name =
            shown.ofValues ? graph.values[index].name : graph.slots[index].name;
        dots.append({point.index, static_cast<int>(point.choice), QString::fromStdString(name),
                     point.predicted[metricIndex], point.measured.value});
    }
    const QString title = QString::fromStdString(std::string(metric.title));
    const QString unit = Words::quantityTitle(graph.output);
    m_panel->plot()->setQuantity(metric.predicts ? tr("%1: predicted %2").arg(title, unit)
                                                 : tr("%1, no unit").arg(title),
                                 tr("measured %1").arg(unit));
    m_panel->plot()->setDots(dots, kinds, metric.predicts, why);
}

void LabFeed::showState()
{
    const Session& session = m_context.session;
    if (!session.isOpen())
        return m_panel->setState(false,
                                 tr("Open a model to see which metric predicts what is measured."));
    if (!session.model().runnable())
        return m_panel->setState(false, Words::sentence(session.model().missing));
    const int count = static_cast<int>(lab().points.size());
    const bool ofValues = m_panel->showsActivations();
    if (count == 0)
        return m_panel->setState(
            true, ofValues
                      ? tr("Quantizes each value alone to 8, 6 and 4 bits on the evaluation text; "
                           "takes minutes.")
                      : tr("Tries each layer alone with 2, 3 and 4 bits on the evaluation "
                           "text; takes minutes."));
    const QString measured = ofValues ? tr("%n measurements of one value alone", nullptr, count)
                                      : tr("%n measurements of one layer alone", nullptr, count);
    m_panel->setState(true, lab().complete ? tr("%1.").arg(measured)
                                           : tr("%1 so far; it was stopped.").arg(measured));
}

} // namespace bitloom

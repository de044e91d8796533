// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/lab_feed.h"

#include "app/widget_headers.h"
#include "app/words.h"

namespace bitloom {

namespace {

/// Windows of the held-out text that every change is tried on: enough for the order.
constexpr int64_t kTriedWindows = 16;

LabSettings labSettings(const AnalysisSettings& settings, const Model& model)
{
    LabSettings lab;
    lab.calibration = calibrationText(settings, model);
    const NamedText text = evaluationText(settings);
    lab.evaluation.text = text.text;
    lab.evaluation.textName = text.name.toStdString();
    lab.evaluation.windows.context = lab.calibration.context;
    lab.evaluation.windows.windows = kTriedWindows;
    return lab;
}

QString figure(double value)
{
    return QLocale().toString(value, 'f', 3);
}

QStringList cellsOf(const LabScore& score, const SensitivityRow& metric)
{
    QStringList cells = {figure(score.spearman)};
    for (const double within : score.within)
        cells.append(figure(within));
    cells.append(metric.predicts ? LabFeed::tr("%1 ± %2").arg(figure(score.ratio.mean),
                                                              figure(score.ratio.deviation))
                                 : LabFeed::tr("–"));
    return cells;
}

} // namespace

LabFeed::LabFeed(Desk& desk, LabPanel* panel)
    : QObject(panel)
    , m_desk(desk)
    , m_panel(panel)
{
    connect(&desk.session, &Session::opened, this, &LabFeed::clear);
    connect(panel, &LabPanel::measureRequested, this, &LabFeed::measure);
    connect(panel, &LabPanel::rowChosen, this, &LabFeed::showDots);
    connect(panel->plot(), &LabPlot::dotChosen, this, [this](int slot) { m_desk.select({slot}); });
    clear();
}

void LabFeed::clear()
{
    m_lab = {};
    showScores();
    showState();
}

void LabFeed::measure()
{
    auto work = [bench = m_desk.session.bench(),
                 settings = m_desk.analysis.settings()](JobProgress& progress) {
        return runLab(*bench.operator->(), labSettings(settings, bench->model()), progress);
    };
    m_desk.session.jobs().start({"lab", tr("Metric lab"), Lane::Engine}, this, std::move(work),
                                [this](const Lab& lab) {
                                    if (lab.points.empty())
                                        return;
                                    m_lab = lab;
                                    showScores();
                                    showState();
                                });
}

void LabFeed::showScores()
{
    QStringList header = {tr("metric"), tr("rank correlation")};
    for (const SlotChoice& choice : m_lab.choices)
        header.append(tr("within %1").arg(QString::fromStdString(choice.scheme)));
    header.append(tr("ln(predicted / measured)"));
    QList<LabRow> rows;
    for (size_t i = 0; i < m_lab.scores.size(); ++i) {
        const SensitivityRow& metric = *m_lab.metrics[i];
        rows.append({QString::fromStdString(std::string(metric.title)),
                     QString::fromStdString(std::string(metric.source)),
                     cellsOf(m_lab.scores[i], metric)});
    }
    m_panel->setRows(header, rows);
}

void LabFeed::showDots()
{
    const int row = m_panel->chosenRow();
    const QString why = tr("Here every prediction stands against its measurement.");
    if (row < 0 || row >= static_cast<int>(m_lab.metrics.size())) {
        m_panel->plot()->setDots({}, {}, false, why);
        return;
    }
    const auto index = static_cast<size_t>(row);
    const SensitivityRow& metric = *m_lab.metrics[index];
    const Graph& graph = m_desk.session.model().graph;
    QStringList kinds;
    for (const SlotChoice& choice : m_lab.choices)
        kinds.append(QString::fromStdString(choice.scheme));
    QList<LabDot> dots;
    for (const LabPoint& point : m_lab.points)
        dots.append({point.slot, static_cast<int>(point.choice),
                     QString::fromStdString(graph.slots[static_cast<size_t>(point.slot)].name),
                     point.predicted[index], point.measured.value});
    const QString title = QString::fromStdString(std::string(metric.title));
    const QString unit = Words::quantityTitle(graph.output);
    m_panel->plot()->setQuantity(metric.predicts ? tr("%1: predicted %2").arg(title, unit)
                                                 : tr("%1, no unit").arg(title),
                                 tr("measured %1").arg(unit));
    m_panel->plot()->setDots(dots, kinds, metric.predicts, why);
}

void LabFeed::showState()
{
    const Session& session = m_desk.session;
    if (!session.isOpen())
        return m_panel->setState(false, tr("Open a model to see which metric tells the truth."));
    if (!session.model().runnable())
        return m_panel->setState(false, Words::sentence(session.model().missing));
    if (m_lab.points.empty())
        return m_panel->setState(true, tr("Tries every layer alone with 2, 3 and 4 bits on the "
                                          "evaluation text, and every metric beside it; takes "
                                          "minutes."));
    m_panel->setState(true, m_lab.complete ? tr("%n measurements of one layer alone.", nullptr,
                                                static_cast<int>(m_lab.points.size()))
                                           : tr("%n measurements so far; it was stopped.", nullptr,
                                                static_cast<int>(m_lab.points.size())));
}

} // namespace bitloom

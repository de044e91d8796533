// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/measured_feed.h"

#include "app/jobs/lazy_refresh.h"
#include "app/words/widget_headers.h"
#include "app/words/words.h"
#include "core/analyze/numerics/rank_correlation.h"

namespace bitloom {

namespace {

/// Too few to tell a correlation from chance.
constexpr size_t kFewestScored = 3;

QString scores(const std::vector<TrialPoint>& points)
{
    if (points.size() < kFewestScored)
        return {};
    std::vector<double> predicted;
    std::vector<double> measured;
    for (const TrialPoint& point : points) {
        predicted.push_back(point.predicted);
        measured.push_back(point.measured.value);
    }
    const LogRatio ratio = logRatio(predicted, measured);
    return MeasuredFeed::tr("%n measurements: rank correlation %1, R² %2, ln(predicted / measured) "
                            "%3 ± %4.",
                            nullptr, static_cast<int>(points.size()))
        .arg(Words::coefficient(spearman(predicted, measured)),
             Words::coefficient(explainedShare(predicted, measured)),
             Words::coefficient(ratio.mean), Words::coefficient(ratio.deviation));
}

/// "In range: 17 of 20.": each as it was predicted before it was measured.
QString hits(const std::vector<TrialPoint>& points)
{
    const RangeCount count = countInRange(points);
    return count.predicted == 0
               ? QString()
               : MeasuredFeed::tr("In range: %1 of %2.").arg(count.hits).arg(count.predicted);
}

/// A dot each; `kinds` receives what they are named after: schemes, and whole recipes.
QList<LabDot> dotsOf(const std::vector<TrialPoint>& points, const Model& model, QStringList& kinds)
{
    QList<LabDot> dots;
    for (const TrialPoint& point : points) {
        const bool alone = point.changes.size() == 1;
        const SlotKey& first = point.changes.front();
        const QString kind = alone ? QString::fromStdString(first.encoding.scheme)
                                   : MeasuredFeed::tr("whole recipe");
        if (!kinds.contains(kind))
            kinds.append(kind);
        const int slot = alone ? first.slot : -1;
        const QString name =
            alone ? QString::fromStdString(model.graph.slot(slot).name)
                  : MeasuredFeed::tr("%n layers", nullptr, static_cast<int>(point.changes.size()));
        dots.append({slot, static_cast<int>(kinds.indexOf(kind)), name, point.predicted,
                     point.measured.value});
    }
    return dots;
}

} // namespace

MeasuredFeed::MeasuredFeed(ApplicationContext& context, MeasuredPanel* panel)
    : QObject(panel)
    , m_context(context)
    , m_panel(panel)
{
    BackgroundMeasuring& background = context.background;
    auto* points = new LazyRefresh(panel, [this] { showPoints(); });
    connect(&background, &BackgroundMeasuring::pointsChanged, points,
            [points] { points->request(); });
    connect(&background, &BackgroundMeasuring::stateChanged, this, &MeasuredFeed::showState);
    connect(&context.session, &Session::aboutToOpen, this, &MeasuredFeed::showPoints);
    connect(&context.session, &Session::opened, this, &MeasuredFeed::showState);
    connect(panel, &MeasuredPanel::switched, &background, &BackgroundMeasuring::setOn);
    connect(panel->plot(), &LabPlot::dotChosen, this, [this](int slot) {
        if (slot >= 0)
            m_context.select({slot});
    });
    showState();
    showPoints();
}

void MeasuredFeed::showState()
{
    m_panel->setOn(m_context.background.isOn());
    m_panel->setState(m_context.background.state());
}

void MeasuredFeed::showPoints()
{
    const std::vector<TrialPoint>& points = m_context.background.points();
    const bool open = m_context.session.isOpen();
    const QString unit =
        Words::quantityTitle(open ? m_context.session.model().graph.output : OutputKind::NextToken);
    QStringList kinds;
    const QList<LabDot> dots =
        open ? dotsOf(points, m_context.session.model(), kinds) : QList<LabDot>();
    m_panel->setScores(QStringList{hits(points), scores(points)}.join(u' ').trimmed());
    m_panel->plot()->setQuantity(tr("predicted %1").arg(unit), tr("measured %1").arg(unit));
    m_panel->plot()->setDots(dots, kinds, true,
                             tr("Here every prediction stands against its measurement."));
}

} // namespace bitloom

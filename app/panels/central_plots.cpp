// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/central_plots.h"

#include "app/dialogs/save_content.h"
#include "app/jobs/lazy_refresh.h"
#include "app/panels/layer_feed.h"
#include "app/panels/metric_feed.h"
#include "app/panels/strip_feed.h"
#include "app/words/widget_headers.h"
#include "app/words/words.h"

#include <QLabel>
#include <QVBoxLayout>

namespace bitloom {

namespace {

QWidget* titled(const QString& title, QWidget* content)
{
    auto* box = new QWidget;
    box->setObjectName("sizeQualityPanel");
    auto* layout = new QVBoxLayout(box);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(2);
    auto* label = new QLabel(title);
    QFont font = label->font();
    font.setBold(true);
    label->setFont(font);
    label->setContentsMargins(6, 4, 6, 0);
    layout->addWidget(label);
    layout->addWidget(content, 1);
    return box;
}

} // namespace

CentralPlots::CentralPlots(ApplicationContext& context, QWidget* window)
    : QSplitter(Qt::Vertical)
    , m_context(context)
    , m_histogram(new HistogramPlot)
    , m_sensitivity(new BarPlot("sensitivity", tr("Sensitivity at 4 bits")))
    , m_states(new SizeQualityPlot)
{
    setObjectName("centralPlots");
    setChildrenCollapsible(false);
    addWidget(m_histogram);
    addWidget(m_sensitivity);
    addWidget(titled(tr("Size and quality"), m_states));
    setSizes({400, 260, 240});
    for (int i = 0; i < count(); ++i)
        setStretchFactor(i, i == 0 ? 3 : 2);

    m_sensitivity->setModel(&context.layers);
    m_sensitivity->setSelectionModel(&context.selection);
    auto* feed = new LayerFeed(context, m_histogram);
    auto* lazy = new LazyRefresh(m_histogram, [feed] { feed->refresh(); });
    const auto request = [lazy] { lazy->request(); };
    connect(&context.selection, &QItemSelectionModel::selectionChanged, lazy, request);
    connect(&context.session, &Session::choicesChanged, lazy, request);
    connect(&context.measurements, &Measurements::activationsChanged, lazy, request);
    new MetricFeed(context, m_sensitivity);
    for (QWidget* view : {static_cast<QWidget*>(m_histogram), static_cast<QWidget*>(m_sensitivity)})
        hearBitKeys(context, view);
    connect(&context.visited, &VisitedStates::changed, this, &CentralPlots::showStates);
    connect(&context.analysis, &Analysis::frontChanged, this, &CentralPlots::showFront);
    connect(m_states, &SizeQualityPlot::stateChosen, &context.visited, &VisitedStates::goTo);

    const auto save = [&context, window](const QString& name, const QByteArray& content) {
        saveContent(context.session, window, name, content);
    };
    connect(m_histogram, &HistogramPlot::exportRequested, this, save);
    connect(m_sensitivity, &BarPlot::exportRequested, this, save);
    connect(m_states, &SizeQualityPlot::exportRequested, this, save);
    connect(&context.session, &Session::opened, this, &CentralPlots::nameQuantity);
    nameQuantity();
}

void CentralPlots::nameQuantity()
{
    const Session& session = m_context.session;
    const OutputKind output =
        session.isOpen() ? session.model().graph.output : OutputKind::NextToken;
    m_states->setQuantity(Words::quantity(output), Words::quantityTitle(output));
}

void CentralPlots::showFront()
{
    QList<QPointF> corners;
    for (const FitPoint& point : m_context.analysis.front())
        corners.append({static_cast<double>(point.fileBytes) / kMebibyte, point.predicted});
    m_states->setFront(corners);
}

void CentralPlots::showStates()
{
    QList<VisitedState> states;
    for (const VisitedStates::State& state : m_context.visited.states())
        states.append({state.id, state.label, static_cast<double>(state.bytes) / kMebibyte,
                       state.predicted, state.measured});
    m_states->setStates(states, m_context.visited.current());
}

} // namespace bitloom

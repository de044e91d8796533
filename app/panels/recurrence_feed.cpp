// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/recurrence_feed.h"

#include "app/jobs/lazy_refresh.h"
#include "app/words/widget_headers.h"
#include "app/words/words.h"
#include "core/workbench/statistics/model_statistics.h"
#include "core/workbench/workbench.h"

#include <algorithm>

namespace bitloom {

namespace {

constexpr const char* kNorms = "recurrence.norms";
constexpr const char* kDrift = "recurrence.drift";

} // namespace

RecurrenceFeed::RecurrenceFeed(ApplicationContext& context, RecurrencePanel* panel)
    : QObject(panel)
    , m_context(context)
    , m_panel(panel)
{
    auto* lazy = new LazyRefresh(panel, [this] { refreshNorms(); });
    const auto request = [this, lazy] {
        showState();
        lazy->request();
    };
    connect(&context.session, &Session::aboutToOpen, this, [this] {
        m_measured.reset();
        m_panel->setNorms({}, {});
        showState();
    });
    connect(&context.session, &Session::opened, this, request);
    connect(&context.session, &Session::choicesChanged, lazy, request);
    connect(panel, &RecurrencePanel::rowChosen, this,
            [&context](int slot) { context.select({slot}); });
    connect(panel, &RecurrencePanel::measureRequested, this, &RecurrenceFeed::measureDrift);
    showState();
}

void RecurrenceFeed::refreshNorms()
{
    if (!m_context.session.isOpen())
        return;
    auto work = [workbench = m_context.session.workbench(),
                 recipe = m_context.session.recipe()](JobProgress& progress) {
        const std::optional<Recipe> changed =
            recipe.changesNetwork() ? std::optional(recipe) : std::nullopt;
        return workbench->statistics().recurrence(changed, {}, progress);
    };
    m_context.session.jobs().start({kNorms, {}, JobQueue::Follow}, this, std::move(work),
                                   [this](const Recurrence& found) { showNorms(found); });
}

void RecurrenceFeed::measureDrift()
{
    auto work = [workbench = m_context.session.workbench(), recipe = m_context.session.recipe(),
                 settings = m_context.analysis.settings()](JobProgress& progress) {
        return workbench->statistics().recurrence(
            recipe, calibrationText(settings, workbench->model()), progress);
    };
    const auto show = [this, recipe = m_context.session.recipe()](const Recurrence& found) {
        if (found.windows == 0)
            return;
        QList<DriftLine> lines;
        const Graph& graph = m_context.session.model().graph;
        for (const HiddenDrift& drift : found.drifts)
            lines.append({QString::fromStdString(graph.value(drift.value).name),
                          QList<double>(drift.byStep.begin(), drift.byStep.end())});
        m_measured = recipe;
        m_panel->setDrift(lines, {});
        showState();
    };
    m_context.session.jobs().start({kDrift, tr("Drift of hidden states"), JobQueue::Engine}, this,
                                   std::move(work), show);
}

void RecurrenceFeed::showNorms(const Recurrence& recurrence)
{
    QList<NormRow> rows;
    const std::vector<Slot>& all = m_context.session.model().graph.slots;
    for (const HiddenMatrix& matrix : recurrence.matrices)
        rows.append({matrix.slot,
                     QString::fromStdString(all[static_cast<size_t>(matrix.slot)].name),
                     matrix.norm, matrix.quantizedNorm});
    m_panel->setNorms(rows, tr("Nothing in this network comes back through time."));
    showState();
}

void RecurrenceFeed::showState()
{
    const Session& session = m_context.session;
    if (!session.isOpen()) {
        m_panel->setNorms({}, tr("Open a recurrent network to see what comes back through time."));
        return;
    }
    const bool changed = session.recipe().changesNetwork();
    const QString why = !session.model().runnable()
                            ? Words::sentence(session.model().missing)
                            : tr("Give layers fewer bits first; then there is a drift to measure.");
    m_panel->setMeasureEnabled(changed && session.model().runnable(), why);
    if (!m_measured || *m_measured != session.recipe()) {
        m_measured.reset();
        m_panel->setDrift({}, changed ? tr("Measure how far the hidden states drift.") : why);
    }
}

} // namespace bitloom

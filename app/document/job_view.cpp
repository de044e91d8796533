// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/job_view.h"

#include "app/words/widget_headers.h"
#include "app/words/words.h"

namespace bitloom {

namespace {

constexpr int kShowJobAfterMs = 150;
constexpr int kClockMs = 1000;

QString stateText(const Jobs::Entry& entry)
{
    switch (entry.state) {
    case Jobs::Entry::Waiting:
        return JobView::tr("waits");
    case Jobs::Entry::Stopping:
        return JobView::tr("stops");
    case Jobs::Entry::Running:
        break;
    }
    return entry.secondsLeft ? JobView::tr("runs, %1").arg(Words::timeLeft(*entry.secondsLeft))
                             : JobView::tr("runs");
}

/// "about 2 min left, 1 more, 2 waiting".
QString noteOf(const Jobs::Activity& activity)
{
    QStringList parts;
    if (activity.secondsLeft)
        parts.append(Words::timeLeft(*activity.secondsLeft));
    if (activity.running > 0)
        parts.append(JobView::tr("%n more", nullptr, activity.running));
    if (activity.waiting > 0)
        parts.append(JobView::tr("%n waiting", nullptr, activity.waiting));
    return parts.join(JobView::tr(", "));
}

} // namespace

JobView::JobView(ApplicationContext& context, JobBar* bar)
    : QObject(bar)
    , m_context(context)
    , m_jobs(context.session.jobs())
    , m_bar(bar)
    , m_list(new JobList(bar))
{
    m_soon.setSingleShot(true);
    connect(&m_soon, &QTimer::timeout, this, &JobView::showActivity);
    m_clock.setInterval(kClockMs);
    connect(&m_clock, &QTimer::timeout, this, &JobView::activityChanged);
    connect(&m_jobs, &Jobs::activityChanged, this, &JobView::activityChanged);
    connect(&context.background, &BackgroundMeasuring::activityChanged, this,
            &JobView::refreshList);
    connect(bar, &JobBar::cancelRequested, &m_jobs, &Jobs::cancelAll);
    connect(bar, &JobBar::listRequested, this, &JobView::showList);
    connect(m_list, &JobList::stopRequested, &m_jobs, &Jobs::cancel);
    connect(m_list, &JobList::stopAllRequested, &m_jobs, &Jobs::cancelAll);
}

void JobView::activityChanged()
{
    if (m_jobs.activity().text.isEmpty()) {
        m_soon.stop();
        m_clock.stop();
        m_bar->setIdle();
    } else if (!m_soon.isActive()) {
        m_soon.start(m_bar->isVisible() ? 0 : kShowJobAfterMs);
    }
    refreshList();
}

void JobView::showActivity()
{
    const Jobs::Activity activity = m_jobs.activity();
    if (activity.text.isEmpty())
        return;
    m_bar->setJob(activity.text, activity.fraction, noteOf(activity));
    if (!m_clock.isActive())
        m_clock.start();
}

void JobView::showList()
{
    m_list->setRows(rows());
    m_list->popUp(m_bar->mapToGlobal(QPoint(0, 0)));
}

void JobView::refreshList()
{
    if (m_list->isVisible())
        m_list->setRows(rows());
}

JobRow JobView::rowOf(const Jobs::Entry& entry) const
{
    const QString title = entry.title.isEmpty() ? tr("In the background") : entry.title;
    const QString what = entry.title.isEmpty() ? m_context.background.activity() : entry.what;
    JobRow row;
    row.id = entry.tag;
    row.title = what.isEmpty() ? title : tr("%1: %2").arg(title, what);
    row.state = stateText(entry);
    row.fraction = entry.state == Jobs::Entry::Waiting ? -1 : entry.fraction;
    row.canStop = entry.state != Jobs::Entry::Stopping;
    return row;
}

QList<JobRow> JobView::rows() const
{
    QList<JobRow> rows;
    const QList<Jobs::Entry> entries = m_jobs.entries();
    for (const Jobs::Entry& entry : entries)
        rows.append(rowOf(entry));
    return rows;
}

} // namespace bitloom

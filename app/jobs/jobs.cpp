// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/jobs.h"

#include "app/jobs/progress_clock.h"
#include "app/words/words.h"

#include <QTimer>

#ifdef Q_OS_LINUX
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <algorithm>
#include <chrono>
#include <exception>
#include <new>
#include <utility>

namespace bitloom {

struct Jobs::Job {
    JobInfo info;
    Work work;
    QPointer<QObject> receiver; ///< read in the GUI thread only
    double fraction = -1;       ///< GUI thread only, like what
    QString what;
    ProgressClock clock;
    bool began = false; ///< a thread has it
    std::atomic<bool> stop = false;
    std::atomic<bool> retired = false;
    std::atomic<qint64> lastReport = 0;
};

namespace {

constexpr qint64 kReportEveryMs = 40;

qint64 milliseconds()
{
    using namespace std::chrono;
    return duration_cast<std::chrono::milliseconds>(steady_clock::now().time_since_epoch()).count();
}

/// Workers, and the threads they start, give way to the thread that draws.
void yieldToTheWindow()
{
#ifdef Q_OS_LINUX
    static thread_local const int done =
        setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), 10);
    static_cast<void>(done);
#endif
}

/// Runs `action` and returns the sentence of what it threw, or an empty one.
template <class Action>
QString caught(Action&& action)
{
    try {
        std::forward<Action>(action)();
        return {};
    } catch (const std::bad_alloc&) {
        return Words::tr("There is not enough memory for this.");
    } catch (const std::exception& error) {
        return Words::sentence(error.what());
    } catch (...) {
        return Words::tr("Something unknown went wrong.");
    }
}

} // namespace

class Jobs::Reporter : public JobProgress {
public:
    Reporter(Jobs& jobs, JobPointer job)
        : m_jobs(jobs)
        , m_job(std::move(job))
    {
    }

    void report(double fraction, std::string_view what) override
    {
        if (m_job->info.title.isEmpty() || !isDue(fraction))
            return;
        const QString text = QString::fromUtf8(what);
        QMetaObject::invokeMethod(
            &m_jobs,
            [&jobs = m_jobs, job = m_job, fraction, text] {
                jobs.noteProgress(job, fraction, text);
            },
            Qt::QueuedConnection);
    }

    bool stopRequested() const override { return m_job->stop; }

    void show(std::function<void()> action) override
    {
        QMetaObject::invokeMethod(
            &m_jobs,
            [&jobs = m_jobs, job = m_job, action = std::move(action)] {
                jobs.deliver(job, action);
            },
            Qt::QueuedConnection);
    }

private:
    bool isDue(double fraction)
    {
        const qint64 now = milliseconds();
        qint64 last = m_job->lastReport;
        return (fraction >= 1 || now - last >= kReportEveryMs) &&
               m_job->lastReport.compare_exchange_strong(last, now);
    }

    Jobs& m_jobs;
    JobPointer m_job;
};

Jobs::Jobs(QObject* parent)
    : QObject(parent)
{
    for (QThreadPool& pool : m_pools) {
        pool.setMaxThreadCount(1);
        pool.setExpiryTimeout(-1);
    }
    m_pools[static_cast<int>(JobQueue::Stream)].setMaxThreadCount(2);
}

Jobs::~Jobs()
{
    for (const Tag& tag : std::as_const(m_tags))
        tag.running->stop = tag.running->retired = true;
    for (QThreadPool& pool : m_pools)
        pool.waitForDone();
}

void Jobs::enqueue(const JobInfo& info, QObject* receiver, Work work)
{
    auto job = std::make_shared<Job>();
    job->info = info;
    job->receiver = receiver;
    job->work = std::move(work);
    if (!info.title.isEmpty())
        m_shown.append(job);
    Tag& tag = m_tags[info.tag];
    if (!tag.running) {
        tag.running = job;
        launch(job);
        Q_EMIT started(info.tag);
    } else {
        tag.running->stop = tag.running->retired = true;
        m_shown.removeAll(tag.waiting);
        tag.waiting = job;
    }
    Q_EMIT activityChanged();
}

void Jobs::launch(const JobPointer& job)
{
    m_pools[static_cast<int>(job->info.queue)].start([this, job] { runInWorker(job); });
}

void Jobs::runInWorker(const JobPointer& job)
{
    yieldToTheWindow();
    std::function<void()> result;
    QString error;
    if (!job->retired || job->info.tidiesUp) {
        QMetaObject::invokeMethod(
            this, [this, job] { begin(job); }, Qt::QueuedConnection);
        Reporter reporter(*this, job);
        error = caught([&] { result = job->work(reporter); });
    }
    job->work = nullptr;
    QMetaObject::invokeMethod(
        this, [this, job, result = std::move(result), error] { end(job, result, error); },
        Qt::QueuedConnection);
}

void Jobs::begin(const JobPointer& job)
{
    job->began = true;
    Q_EMIT activityChanged();
}

void Jobs::end(const JobPointer& job, const std::function<void()>& result, const QString& error)
{
    m_shown.removeAll(job);
    const QString tag = job->info.tag;
    if (JobPointer next = std::exchange(m_tags[tag].waiting, nullptr)) {
        m_tags[tag].running = next;
        launch(next);
    } else {
        m_tags.remove(tag);
    }
    if (result && deliver(job, result) && !job->stop)
        Q_EMIT succeeded(tag);
    else if (!error.isEmpty() && !job->retired)
        job->info.inBackground ? Q_EMIT failedInBackground(tag, error) : Q_EMIT failed(tag, error);
    if (!m_tags.contains(tag))
        Q_EMIT finished(tag);
    Q_EMIT activityChanged();
}

bool Jobs::deliver(const JobPointer& job, const std::function<void()>& action)
{
    const bool unwanted = job->retired || (job->stop && job->info.allOrNothing);
    return !unwanted && job->receiver && run(job->info.tag, action);
}

bool Jobs::perform(const QString& tag, const std::function<void()>& action)
{
    const bool done = run(tag, action);
    if (done)
        Q_EMIT succeeded(tag);
    return done;
}

bool Jobs::run(const QString& tag, const std::function<void()>& action)
{
    const QString error = caught(action);
    if (!error.isEmpty())
        Q_EMIT failed(tag, error);
    return error.isEmpty();
}

void Jobs::noteProgress(const JobPointer& job, double fraction, const QString& what)
{
    job->fraction = fraction;
    job->what = what;
    job->clock.note(fraction, milliseconds());
    if (m_shown.contains(job))
        Q_EMIT activityChanged();
}

void Jobs::cancel(const QString& tag)
{
    const auto found = m_tags.find(tag);
    if (found == m_tags.end())
        return;
    found->running->stop = true;
    if (!found->running->began)
        m_shown.removeAll(found->running);
    m_shown.removeAll(std::exchange(found->waiting, nullptr));
    Q_EMIT activityChanged();
}

void Jobs::cancelAll()
{
    const QList<JobPointer> shown = m_shown;
    for (const JobPointer& job : shown)
        cancel(job->info.tag);
    for (const JobPointer& job : inBackground())
        cancel(job->info.tag);
    Q_EMIT allCancelled();
}

QList<Jobs::JobPointer> Jobs::inBackground() const
{
    QList<JobPointer> jobs;
    for (const Tag& tag : m_tags)
        if (tag.running->info.inBackground)
            jobs.append(tag.running);
    return jobs;
}

bool Jobs::isBusy() const
{
    return m_tags.size() > inBackground().size();
}

bool Jobs::canCancel() const
{
    return !m_shown.isEmpty() || !inBackground().isEmpty();
}

void Jobs::retire(const QString& tag)
{
    if (const auto found = m_tags.find(tag); found != m_tags.end())
        found->running->retired = true;
    cancel(tag);
}

void Jobs::retireAll()
{
    const QStringList tags = m_tags.keys();
    for (const QString& tag : tags)
        retire(tag);
}

Jobs::Entry Jobs::entryOf(const Job& job)
{
    const Entry::State state = !job.began ? Entry::Waiting
                               : job.stop ? Entry::Stopping
                                          : Entry::Running;
    return {job.info.tag,
            job.info.title,
            job.what,
            state,
            job.fraction,
            state == Entry::Running ? job.clock.secondsLeft(milliseconds()) : std::nullopt};
}

QList<Jobs::Entry> Jobs::entries() const
{
    QList<Entry> entries;
    for (const JobPointer& job : m_shown)
        entries.append(entryOf(*job));
    std::stable_partition(entries.begin(), entries.end(),
                          [](const Entry& entry) { return entry.state != Entry::Waiting; });
    for (const JobPointer& job : inBackground())
        entries.append(entryOf(*job));
    return entries;
}

Jobs::Activity Jobs::activity() const
{
    Activity activity;
    const Job* newest = nullptr;
    for (const JobPointer& job : m_shown) {
        ++(job->began ? activity.running : activity.waiting);
        if (job->began || !newest)
            newest = job.get();
    }
    if (!newest)
        return {};
    --(newest->began ? activity.running : activity.waiting);
    activity.text =
        newest->what.isEmpty() ? newest->info.title : newest->info.title + ": " + newest->what;
    activity.fraction = newest->fraction;
    activity.secondsLeft = entryOf(*newest).secondsLeft;
    return activity;
}

} // namespace bitloom

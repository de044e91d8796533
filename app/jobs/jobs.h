// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/progress.h"

#include <QElapsedTimer>
#include <QHash>
#include <QList>
#include <QObject>
#include <QPointer>
#include <QString>
#include <QThreadPool>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>

namespace bitloom {

/// Where a job runs. Jobs of one queue share its threads, so that a long measurement never keeps a
/// histogram waiting and two measurements never fight for the cores.
enum class JobQueue {
    Quick,  ///< files, sizes, the histogram of the selection
    Follow, ///< what follows every edit and may take long for large models: errors of the layers
    Engine, ///< one at a time: sensitivity, fit, evaluation, export
    Stream, ///< two at a time: the texts that stream side by side
    Idle,   ///< what nobody asked for
};

/// What a job is called.
struct JobInfo {
    QString tag;   ///< one running job per tag
    QString title; ///< shown with its progress; empty: not shown
    JobQueue queue = JobQueue::Quick;
    bool tidiesUp = false; ///< runs even when retired before it started
    /// Nobody waits for it: it keeps nothing busy and is not in the activity, but Esc stops it.
    bool inBackground = false;
    /// Of one that was asked to stop nothing is delivered, also where it had come to its end before
    /// it heard of that: for what replaces what the user has.
    bool allOrNothing = false;
};

/// The progress of one job, as its worker sees it.
class JobProgress : public Progress {
public:
    /// Runs `show` in the GUI thread if the job was not retired meanwhile and its receiver lives:
    /// partial results.
    virtual void show(std::function<void()> show) = 0;
};

/// Runs work in other threads. One job per tag: a newer request retires the older one (it is asked
/// to stop and its result is dropped). Results arrive in the GUI thread, unless their receiver
/// died. Together with app/cli/main.cpp the only catcher of errors.
class Jobs : public QObject {
    Q_OBJECT

public:
    explicit Jobs(QObject* parent = nullptr);
    /// Asks everything to stop and waits for it.
    ~Jobs() override;

    /// Calls `work(JobProgress&)` in a worker and `done(result)` in the GUI thread.
    template <class Work, class Done>
    void start(const JobInfo& info, QObject* receiver, Work work, Done done)
    {
        enqueue(info, receiver,
                [work = std::move(work), done = std::move(done)](JobProgress& progress) mutable {
                    using Result = decltype(work(progress));
                    auto result = std::make_shared<Result>(work(progress));
                    return std::function<void()>(
                        [done = std::move(done), result] { done(std::move(*result)); });
                });
    }
    /// Runs something instant here and now; an error becomes failed(tag, …). False: it failed.
    bool perform(const QString& tag, const std::function<void()>& action);

    bool isRunning(const QString& tag) const { return m_tags.contains(tag); }
    /// With more than what runs in the background.
    bool isBusy() const;
    /// Whether cancelAll has anything to stop.
    bool canCancel() const;
    /// Asks one job to stop; what it has done so far is still delivered, unless it is all or
    /// nothing. What did not begin yet is no longer shown.
    void cancel(const QString& tag);
    /// The same for all shown jobs, and those in the background (Esc). Those not yet started are
    /// dropped.
    void cancelAll();
    /// Asks one job or all to stop and drops the results: their document is gone.
    void retire(const QString& tag);
    void retireAll();

    /// A job as the list of jobs shows it.
    struct Entry {
        enum State { Running, Waiting, Stopping };
        QString tag;
        QString title; ///< empty: in the background, or not shown
        QString what;  ///< "window 7 of 40"; may be empty
        State state = Waiting;
        double fraction = -1;
        std::optional<qint64> secondsLeft;
    };
    /// All shown jobs and those in the background: what runs, then what waits, oldest first.
    QList<Entry> entries() const;

    /// What the job bar shows: of the shown jobs that run the newest.
    struct Activity {
        QString text; ///< "Sensitivity: window 7 of 40"; empty: idle
        double fraction = -1;
        int running = 0; ///< other shown jobs that run
        int waiting = 0; ///< shown jobs that do not run yet
        std::optional<qint64> secondsLeft;
    };
    Activity activity() const;

Q_SIGNALS:
    void activityChanged();
    void started(const QString& tag);
    /// The tag's job, or what was performed under it, came to its whole end.
    void succeeded(const QString& tag);
    /// Esc: whatever can be stopped was asked to.
    void allCancelled();
    /// The tag's job ended, in whatever way, and none follows it.
    void finished(const QString& tag);
    /// One sentence for people.
    void failed(const QString& tag, const QString& sentence);
    /// The same of what nobody asked for: no reason to interrupt anyone.
    void failedInBackground(const QString& tag, const QString& sentence);

private:
    struct Job;
    class Reporter;
    using JobPointer = std::shared_ptr<Job>;
    using Work = std::function<std::function<void()>(JobProgress&)>;
    struct Tag {
        JobPointer running;
        JobPointer waiting;
    };

    QList<JobPointer> inBackground() const;
    void enqueue(const JobInfo& info, QObject* receiver, Work work);
    void launch(const JobPointer& job);
    void runInWorker(const JobPointer& job);
    void begin(const JobPointer& job);
    bool run(const QString& tag, const std::function<void()>& action);
    void end(const JobPointer& job, const std::function<void()>& deliver, const QString& error);
    bool deliver(const JobPointer& job, const std::function<void()>& action);
    static Entry entryOf(const Job& job);
    void noteProgress(const JobPointer& job, double fraction, const QString& what);

    QHash<QString, Tag> m_tags;
    QList<JobPointer> m_shown; ///< oldest first
    QThreadPool m_pools[5];
};

} // namespace bitloom

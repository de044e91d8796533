// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QApplication>
#include <QElapsedTimer>
#include <QTimer>

#include <algorithm>
#include <ctime>

namespace bitloom {

/// An application that measures how long the event loop was away: the longest gap between two ticks
/// (what a user feels) and the longest event in processor time of the GUI thread (what we caused; a
/// busy machine does not lengthen it).
class MeasuredApplication : public QApplication {
public:
    MeasuredApplication(int& argc, char** argv)
        : QApplication(argc, argv)
    {
        m_tick.setTimerType(Qt::PreciseTimer);
        m_tick.setInterval(kTickMs);
        connect(&m_tick, &QTimer::timeout, this, [this] {
            m_longestGap =
                std::max(m_longestGap, static_cast<double>(m_clock.nsecsElapsed()) / 1e6 - kTickMs);
            m_clock.restart();
        });
    }

    void startMeasuring()
    {
        m_longestGap = m_longestEvent = 0;
        m_clock.start();
        m_tick.start();
    }
    void pauseMeasuring()
    {
        m_tick.stop();
        m_paused = true;
    }
    void resumeMeasuring()
    {
        m_clock.start();
        m_tick.start();
        m_paused = false;
    }
    double longestGap() const { return m_longestGap; }     ///< milliseconds
    double longestEvent() const { return m_longestEvent; } ///< milliseconds of processor time
    QString slowestReceiver() const { return m_slowest; }

    bool notify(QObject* receiver, QEvent* event) override
    {
        if (m_depth > 0 || m_paused)
            return QApplication::notify(receiver, event);
        const QString name = QString("%1 \"%2\", event %3")
                                 .arg(receiver->metaObject()->className(), receiver->objectName())
                                 .arg(event->type());
        ++m_depth;
        const double before = processorMs();
        const bool result = QApplication::notify(receiver, event);
        const double used = processorMs() - before;
        --m_depth;
        if (used > m_longestEvent) {
            m_longestEvent = used;
            m_slowest = name;
        }
        return result;
    }

private:
    static constexpr int kTickMs = 2;

    static double processorMs()
    {
        timespec now{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
    }

    QTimer m_tick;
    QElapsedTimer m_clock;
    double m_longestGap = 0;
    double m_longestEvent = 0;
    QString m_slowest;
    int m_depth = 0;
    bool m_paused = false;
};

/// What a test does by itself in the GUI thread does not count.
class PausedMeasuring {
public:
    PausedMeasuring() { application()->pauseMeasuring(); }
    ~PausedMeasuring() { application()->resumeMeasuring(); }
    Q_DISABLE_COPY_MOVE(PausedMeasuring)

private:
    static MeasuredApplication* application() { return static_cast<MeasuredApplication*>(qApp); }
};

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/progress_clock.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace bitloom {

namespace {

constexpr qint64 kWhile = 15000;        // milliseconds
constexpr qint64 kLeast = 2000;         // milliseconds, to know a speed
constexpr double kUnknown = 10 * 86400; // seconds; more is no estimate

} // namespace

void ProgressClock::note(double fraction, qint64 now)
{
    const Mark mark{fraction, now};
    if (fraction < 0 || !m_from || fraction < m_last.fraction) {
        m_from = fraction < 0 ? std::nullopt : std::optional(mark);
        m_next = m_last = mark;
        return;
    }
    m_last = mark;
    if (now - m_next.at >= kWhile)
        m_from = std::exchange(m_next, mark);
}

std::optional<qint64> ProgressClock::secondsLeft(qint64 now) const
{
    if (!m_from || m_last.at - m_from->at < kLeast)
        return std::nullopt;
    const double gained = m_last.fraction - m_from->fraction;
    if (gained <= 0)
        return std::nullopt;
    const auto passed = static_cast<double>(m_last.at - m_from->at);
    const double left = (1 - m_last.fraction) / gained * passed - double(now - m_last.at);
    const double seconds = std::max(0.0, left / 1000);
    return seconds > kUnknown ? std::nullopt : std::optional(std::llround(seconds));
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

#include <optional>

namespace bitloom {

/// Tells from reported fractions how long something will still take: by how fast it went in the
/// last half minute or so, since the parts of a job differ, and what was resumed begins in the
/// middle.
class ProgressClock {
public:
    /// `now` in milliseconds of any clock.
    void note(double fraction, qint64 now);
    /// Nothing before it ran for a few seconds and came forward.
    std::optional<qint64> secondsLeft(qint64 now) const;

private:
    struct Mark {
        double fraction = 0;
        qint64 at = 0;
    };
    std::optional<Mark> m_from; ///< since here speed is measured
    Mark m_next;                ///< since here a while later
    Mark m_last;
};

} // namespace bitloom

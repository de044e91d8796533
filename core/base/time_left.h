// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

namespace bitloom {

/// What a long work will still take, from how far it got. Looks at the pace since the first report,
/// since work that was kept from an earlier run is passed over at once; a first piece that took
/// long tells by itself.
class TimeLeft {
public:
    /// `fraction` done, `seconds` after the beginning. Returns seconds; null: not known yet.
    std::optional<double> after(double fraction, double seconds)
    {
        if (!m_begun) {
            m_begun = true;
            if (seconds < kTelling) {
                m_fraction = fraction;
                m_seconds = seconds;
            }
        }
        const double done = fraction - m_fraction;
        const double passed = seconds - m_seconds;
        if (done <= 0 || passed < kTelling)
            return std::nullopt;
        return (1 - fraction) * passed / done;
    }

private:
    static constexpr double kTelling = 2; ///< seconds of work that tell of the rest
    bool m_begun = false;
    double m_fraction = 0;
    double m_seconds = 0;
};

} // namespace bitloom

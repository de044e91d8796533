// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/progress.h"

#include <string_view>

namespace bitloom {

/// Asks to stop after some reports.
class StopAfterReports : public Progress {
public:
    explicit StopAfterReports(int reports)
        : m_left(reports)
    {
    }
    void report(double fraction, std::string_view) override
    {
        m_sound = m_sound && fraction >= m_last && fraction <= 1;
        m_last = fraction;
        --m_left;
    }
    bool stopRequested() const override { return m_left <= 0; }
    bool sound() const { return m_sound; }

private:
    int m_left;
    double m_last = 0;
    bool m_sound = true;
};

} // namespace bitloom

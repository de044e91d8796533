// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/progress.h"

#include <string_view>

namespace bitloom {

/// Stops once a share of the work is done.
class StopAfter : public Progress {
public:
    explicit StopAfter(double fraction)
        : m_fraction(fraction)
    {
    }
    void report(double fraction, std::string_view) override { m_seen = fraction; }
    bool stopRequested() const override { return m_seen >= m_fraction; }

private:
    double m_fraction;
    double m_seen = 0;
};

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/progress.h"

namespace bitloom {

/// Stops when another progress is asked to, and tells it nothing: for one of many small parts.
class StopOnly : public Progress {
public:
    explicit StopOnly(const Progress& whole)
        : m_whole(whole)
    {
    }
    bool stopRequested() const override { return m_whole.stopRequested(); }

private:
    const Progress& m_whole;
};

} // namespace bitloom

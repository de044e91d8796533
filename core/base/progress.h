// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace bitloom {

/// What every long function reports to and asks whether to go on. The base class reports to nobody
/// and never stops. Stopping is an ordinary ending: the function returns what it has done so far.
/// Called from worker threads; implementations must be thread safe.
class Progress {
public:
    virtual ~Progress() = default;
    /// `fraction` in [0, 1]; `what` is a short phrase for people ("block 7 of 12").
    virtual void report(double /*fraction*/, std::string_view /*what*/) {}
    virtual bool stopRequested() const { return false; }
};

/// A stretch [from, to] of another progress, for a function that calls long functions.
class ProgressSpan : public Progress {
public:
    ProgressSpan(Progress& whole, double from, double to)
        : m_whole(whole)
        , m_from(from)
        , m_to(to)
    {
    }
    void report(double fraction, std::string_view what) override
    {
        m_whole.report(m_from + (m_to - m_from) * fraction, what);
    }
    bool stopRequested() const override { return m_whole.stopRequested(); }

private:
    Progress& m_whole;
    double m_from;
    double m_to;
};

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/session/weight_check.h"

#include "core/base/error.h"
#include "core/base/stop_only.h"

#include <atomic>
#include <chrono>
#include <string>

namespace bitloom {

namespace {

/// Says how far the look has come in words, and leaves the fraction to the work that it precedes.
class Preliminary : public StopOnly {
public:
    explicit Preliminary(Progress& whole)
        : StopOnly(whole)
        , m_whole(whole)
    {
    }
    void report(double fraction, std::string_view what) override
    {
        const int percent = static_cast<int>(fraction * 100);
        if (m_reported.exchange(percent) != percent)
            m_whole.report(0, std::string(what) + " (" + std::to_string(percent) + " %)");
    }

private:
    Progress& m_whole;
    std::atomic<int> m_reported = -1;
};

} // namespace

void WeightCheck::require(const Model& model, std::string_view operation, Progress& progress)
{
    while (!progress.stopRequested() && !look(model, operation, progress)) {
    }
}

bool WeightCheck::isLarge(const Slot& slot)
{
    const std::scoped_lock lock(m_mutex);
    return m_scan.large.contains(slot.tensor);
}

/// False: another thread is looking, wait for it.
bool WeightCheck::look(const Model& model, std::string_view operation, Progress& progress)
{
    const std::unique_lock lock(m_mutex, std::chrono::milliseconds(50));
    if (!lock.owns_lock())
        return false;
    if (!m_done) {
        Preliminary preliminary(progress);
        m_scan = scanWeights(model, preliminary);
        m_done = m_scan.bad || !progress.stopRequested();
    }
    if (m_scan.bad)
        throw Error(operation, m_scan.bad->text() + ", with which nothing can be computed");
    return true;
}

} // namespace bitloom

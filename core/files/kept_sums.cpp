// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/kept_sums.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace bitloom {

namespace {

/// How many windows the sums that are kept are of.
constexpr const char* kWindows = "windows";
/// Keeping takes at most one part in so many of the time.
constexpr int kKeepingShare = 10;

} // namespace

KeptSums::KeptSums(MeasurementEntry entry, std::vector<int64_t> counts)
    : m_entry(std::move(entry))
    , m_counts(std::move(counts))
{
    for (const int64_t count : m_counts)
        m_sums.push_back(Scratch::floats(count));
    if (const auto windows = m_entry.read(kWindows))
        if (const size_t done = std::strtoull(windows->c_str(), nullptr, 10); restore(done))
            m_windows = m_keptWindows = done;
}

/// Of another number of windows, another file: those that are kept stay whole while new ones come.
std::string KeptSums::nameOf(size_t sum, size_t windows) const
{
    return "sum" + std::to_string(sum) + "." + std::to_string(windows);
}

bool KeptSums::restore(size_t windows)
{
    std::vector<std::unique_ptr<Scratch>> kept;
    for (size_t sum = 0; sum < m_sums.size(); ++sum)
        if (!kept.emplace_back(m_entry.kept(nameOf(sum, windows), m_counts[sum])))
            return false;
    for (size_t sum = 0; sum < m_sums.size(); ++sum)
        std::ranges::copy(kept[sum]->values(), values(sum).begin());
    return true;
}

void KeptSums::reached(size_t windows, bool last)
{
    m_windows = windows;
    const Clock::time_point begun = Clock::now();
    if (!m_entry.keeps() || (!last && begun < m_keepAfter))
        return;
    keep();
    m_keepAfter = Clock::now() + kKeepingShare * (Clock::now() - begun);
}

void KeptSums::keep()
{
    for (size_t sum = 0; sum < m_sums.size(); ++sum) {
        const auto copy = m_entry.floats(nameOf(sum, m_windows), m_counts[sum]);
        std::ranges::copy(values(sum), copy->values().begin());
        MeasurementEntry::keep(*copy);
    }
    m_entry.write(kWindows, std::to_string(m_windows));
    for (size_t sum = 0; sum < m_sums.size() && m_keptWindows != m_windows; ++sum)
        if (m_keptWindows > 0)
            m_entry.remove(nameOf(sum, m_keptWindows));
    m_keptWindows = m_windows;
}

} // namespace bitloom

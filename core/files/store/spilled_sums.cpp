// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/store/spilled_sums.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace bitloom {

namespace {

/// How many windows the sums that are kept are of.
constexpr const char* kWindows = "windows";
/// What names of sums begin with.
const std::string kSum = "sum";
/// Keeping takes at most one part in so many of the time.
constexpr int kStoringShare = 10;

} // namespace

SpilledSums::SpilledSums(MeasurementEntry entry, std::vector<int64_t> counts)
    : m_entry(std::move(entry))
    , m_counts(std::move(counts))
{
    for (const int64_t count : m_counts)
        m_sums.push_back(Scratch::floats(count));
    if (const auto windows = m_entry.read(kWindows))
        if (const size_t done = std::strtoull(windows->c_str(), nullptr, 10); restore(done))
            m_windows = done;
}

/// Of another number of windows, another file: those that are kept stay whole while new ones come.
std::string SpilledSums::nameOf(size_t sum, size_t windows) const
{
    return kSum + std::to_string(sum) + "." + std::to_string(windows);
}

bool SpilledSums::restore(size_t windows)
{
    for (size_t sum = 0; sum < m_sums.size(); ++sum)
        if (!m_entry.readBytes(nameOf(sum, windows), std::as_writable_bytes(values(sum)))) {
            for (size_t read = 0; read <= sum; ++read)
                std::ranges::fill(values(read), 0.0F);
            return false;
        }
    return true;
}

void SpilledSums::reached(size_t windows, bool last)
{
    m_windows = windows;
    const Clock::time_point begun = Clock::now();
    if (!m_entry.keeps() || (!last && begun < m_keepAfter))
        return;
    keep();
    m_keepAfter = Clock::now() + kStoringShare * (Clock::now() - begun);
}

/// Where there is no room, what was kept before stays.
void SpilledSums::keep()
{
    for (size_t sum = 0; sum < m_sums.size(); ++sum)
        if (!m_entry.writeBytes(nameOf(sum, m_windows), std::as_bytes(values(sum))))
            return;
    if (!m_entry.write(kWindows, std::to_string(m_windows)))
        return;
    const std::string ending = '.' + std::to_string(m_windows);
    m_entry.removeIf(
        [&](const std::string& name) { return name.starts_with(kSum) && !name.ends_with(ending); });
}

} // namespace bitloom

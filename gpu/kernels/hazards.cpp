// SPDX-License-Identifier: GPL-3.0-or-later
#include "gpu/kernels/hazards.h"

#include <algorithm>

namespace bitloom {

namespace {

bool conflict(const Access& a, const Access& b)
{
    const bool overlap =
        a.buffer == b.buffer && a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
    return overlap && (a.write || b.write);
}

} // namespace

bool HazardTracker::enter(std::span<const Access> accesses)
{
    const bool barrier = std::ranges::any_of(accesses, [&](const Access& next) {
        return std::ranges::any_of(m_sinceBarrier,
                                   [&](const Access& before) { return conflict(before, next); });
    });
    if (barrier) {
        m_sinceBarrier.clear();
    }
    m_sinceBarrier.insert(m_sinceBarrier.end(), accesses.begin(), accesses.end());
    return barrier;
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/variant/fitted_corrections.h"

#include <algorithm>

namespace bitloom {

namespace {

/// The last one is kept whatever it takes.
constexpr int64_t kMostKeptBytes = int64_t{64} << 20;

} // namespace

std::shared_ptr<const LowRank> FittedCorrections::of(const SlotKey& key, const Fit& fit)
{
    const std::scoped_lock lock(m_mutex);
    const auto found =
        std::ranges::find(m_kept, key, &std::pair<SlotKey, std::shared_ptr<const LowRank>>::first);
    if (found != m_kept.end())
        return found->second;
    std::shared_ptr<const LowRank> fitted = fit();
    m_keptBytes += fitted->storedBytes();
    m_kept.emplace_back(key, fitted);
    for (; m_kept.size() > 1 && m_keptBytes > kMostKeptBytes; m_kept.pop_front())
        m_keptBytes -= m_kept.front().second->storedBytes();
    return fitted;
}

} // namespace bitloom

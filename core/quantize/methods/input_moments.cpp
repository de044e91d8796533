// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/methods/input_moments.h"

#include <algorithm>

namespace bitloom {

namespace {

/// Factors kept may take so much memory together; the one in use is kept whatever it takes.
constexpr int64_t kCacheBytes = int64_t{256} << 20;

int64_t bytesOf(const InverseFactor& factor)
{
    return static_cast<int64_t>(factor.values.size() * sizeof(double));
}

} // namespace

InputMoments::InputMoments(const Graph& graph, std::vector<SecondMoment> moments, std::string key,
                           MeasurementEntry cached)
    : m_moments(std::move(moments))
    , m_key(std::move(key))
    , m_entry(std::move(cached))
{
    for (int slot = 0; slot < static_cast<int>(graph.slots.size()); ++slot) {
        const std::optional<SlotInput> input = slotInput(graph, slot);
        const auto found = std::find_if(m_moments.begin(), m_moments.end(),
                                        [&](const SecondMoment& m) { return m.input == input; });
        if (input && found != m_moments.end())
            m_bySlot[slot] = static_cast<int>(found - m_moments.begin());
    }
}

const SecondMoment* InputMoments::of(int slot) const
{
    const auto found = m_bySlot.find(slot);
    return found == m_bySlot.end() ? nullptr : &m_moments[static_cast<size_t>(found->second)];
}

std::shared_ptr<const InverseFactor> InputMoments::factor(int slot, ColumnOrder order,
                                                          double damping) const
{
    const auto found = m_bySlot.find(slot);
    if (found == m_bySlot.end())
        return nullptr;
    const FactorKey key{found->second, order, damping};
    const std::scoped_lock lock(m_mutex); // others wait for it rather than computing it too
    for (const CachedFactor& cached : m_cached)
        if (cached.key == key)
            return cached.factor;
    const SecondMoment& moment = m_moments[static_cast<size_t>(found->second)];
    auto factor =
        std::make_shared<const InverseFactor>(inverseFactor(moment.view(), order, damping));
    m_cached.push_back({key, factor});
    int64_t bytes = 0;
    for (const CachedFactor& cached : m_cached)
        bytes += bytesOf(*cached.factor);
    for (; bytes > kCacheBytes && m_cached.size() > 1; m_cached.pop_front())
        bytes -= bytesOf(*m_cached.front().factor);
    return factor;
}

} // namespace bitloom

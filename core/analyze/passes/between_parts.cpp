// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/passes/between_parts.h"

namespace bitloom {

BetweenParts::BetweenParts(const NetworkParts& parts, size_t part,
                           const std::vector<Window>& windows)
    : m_name("between-" + std::to_string(part))
    , m_begins(1)
{
    const int value = parts.part(part).input;
    m_width = parts.graph().value(value).width;
    for (const Window& window : windows)
        m_begins.push_back(m_begins.back() + parts.positions(window, value));
}

BetweenParts::BetweenParts(const NetworkParts& parts, size_t part,
                           const std::vector<Window>& windows, const MeasurementEntry& entry)
    : BetweenParts(parts, part, windows)
{
    m_floats = entry.floats(m_name, m_begins.back() * m_width);
}

BetweenParts BetweenParts::kept(const NetworkParts& parts, size_t part,
                                const std::vector<Window>& windows, const MeasurementEntry& entry)
{
    BetweenParts between(parts, part, windows);
    between.m_floats = entry.kept(between.m_name, between.m_begins.back() * between.m_width);
    return between;
}

torch::Tensor BetweenParts::of(size_t window) const
{
    const int64_t first = m_begins[window];
    return torch::from_blob(m_floats->values().data() + first * m_width,
                            {m_begins[window + 1] - first, m_width});
}

void BetweenParts::keep() const
{
    if (m_floats)
        MeasurementEntry::keep(*m_floats);
}

void BetweenParts::remove(const MeasurementEntry& entry)
{
    m_floats.reset();
    if (!m_name.empty())
        entry.remove(m_name);
}

} // namespace bitloom

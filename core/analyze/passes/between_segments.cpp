// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/passes/between_segments.h"

namespace bitloom {

BetweenSegments::BetweenSegments(const NetworkSegments& segments, size_t segment,
                                 const std::vector<Window>& windows)
    : m_name("between-" + std::to_string(segment))
    , m_begins(1)
{
    const int value = segments.segment(segment).input;
    m_width = segments.graph().value(value).width;
    for (const Window& window : windows)
        m_begins.push_back(m_begins.back() + segments.positions(window, value));
}

BetweenSegments::BetweenSegments(const NetworkSegments& segments, size_t segment,
                                 const std::vector<Window>& windows, const MeasurementEntry& entry)
    : BetweenSegments(segments, segment, windows)
{
    m_floats = entry.floats(m_name, m_begins.back() * m_width);
}

BetweenSegments BetweenSegments::stored(const NetworkSegments& segments, size_t segment,
                                        const std::vector<Window>& windows,
                                        const MeasurementEntry& entry)
{
    BetweenSegments between(segments, segment, windows);
    between.m_floats = entry.stored(between.m_name, between.m_begins.back() * between.m_width);
    return between;
}

torch::Tensor BetweenSegments::of(size_t window) const
{
    const int64_t first = m_begins[window];
    return torch::from_blob(m_floats->values().data() + first * m_width,
                            {m_begins[window + 1] - first, m_width});
}

void BetweenSegments::keep() const
{
    if (m_floats)
        MeasurementEntry::keep(*m_floats);
}

void BetweenSegments::remove(const MeasurementEntry& entry)
{
    m_floats.reset();
    if (!m_name.empty())
        entry.remove(m_name);
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/kept_by_slot.h"

#include <algorithm>
#include <utility>

namespace bitloom {

KeptBySlot::KeptBySlot(const MeasurementStore& store, std::string_view kind, const Fingerprint& key,
                       size_t numbers)
    : m_rows(store, kind, key)
{
    for (const std::vector<double>& row : m_rows.load().value_or(NumberRows()))
        if (row.size() == numbers + 1)
            m_found[static_cast<int>(row.front())] = {row.begin() + 1, row.end()};
}

bool KeptBySlot::hasAll(const std::vector<int>& slots) const
{
    return std::all_of(slots.begin(), slots.end(),
                       [&](int slot) { return m_found.contains(slot); });
}

void KeptBySlot::fill(const Graph& graph, const std::vector<int>& slots, bool takesLong,
                      Progress& progress, const Measure& measure, const Each& each)
{
    const bool allKnown = hasAll(slots);
    const auto all = static_cast<double>(slots.size());
    for (size_t i = 0; i < slots.size() && !progress.stopRequested(); ++i) {
        const int slot = slots[i];
        const auto done = static_cast<double>(i);
        if (!m_found.contains(slot)) {
            progress.report(done / all, graph.slots[static_cast<size_t>(slot)].name);
            ProgressSpan span(progress, done / all, (done + 1) / all);
            auto numbers = measure(slot, span);
            if (!numbers)
                break;
            m_found[slot] = std::move(*numbers);
            if (takesLong)
                keep();
        }
        each(slot, m_found.at(slot));
    }
    if (!takesLong && !allKnown)
        keep();
}

void KeptBySlot::keep() const
{
    NumberRows rows;
    for (const auto& [slot, numbers] : m_found) {
        rows.push_back({static_cast<double>(slot)});
        rows.back().insert(rows.back().end(), numbers.begin(), numbers.end());
    }
    m_rows.keep(rows);
}

} // namespace bitloom

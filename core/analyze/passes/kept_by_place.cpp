// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/passes/kept_by_place.h"

#include <algorithm>
#include <utility>

namespace bitloom {

KeptByPlace::KeptByPlace(const MeasurementStore& store, std::string_view kind,
                         const Fingerprint& key, size_t numbers)
    : m_rows(store, kind, key)
{
    for (const std::vector<double>& row : m_rows.load().value_or(NumberRows()))
        if (row.size() == numbers + 1)
            m_found[static_cast<int>(row.front())] = {row.begin() + 1, row.end()};
}

bool KeptByPlace::hasAll(const std::vector<int>& places) const
{
    return std::all_of(places.begin(), places.end(),
                       [&](int place) { return m_found.contains(place); });
}

void KeptByPlace::fill(const std::function<std::string(int)>& nameOf,
                       const std::vector<int>& places, bool takesLong, Progress& progress,
                       const Measure& measure, const Each& each)
{
    const bool allKnown = hasAll(places);
    const auto all = static_cast<double>(places.size());
    for (size_t i = 0; i < places.size() && !progress.stopRequested(); ++i) {
        const int place = places[i];
        const auto done = static_cast<double>(i);
        if (!m_found.contains(place)) {
            progress.report(done / all, nameOf(place));
            ProgressSpan span(progress, done / all, (done + 1) / all);
            auto numbers = measure(place, span);
            if (!numbers)
                break;
            m_found[place] = std::move(*numbers);
            if (takesLong)
                keep();
        }
        each(place, m_found.at(place));
    }
    if (!takesLong && !allKnown)
        keep();
}

void KeptByPlace::keep() const
{
    NumberRows rows;
    for (const auto& [place, numbers] : m_found) {
        rows.push_back({static_cast<double>(place)});
        rows.back().insert(rows.back().end(), numbers.begin(), numbers.end());
    }
    m_rows.keep(rows);
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/passes/indexed_store.h"

#include <algorithm>
#include <utility>

namespace bitloom {

IndexedStore::IndexedStore(const MeasurementStore& store, std::string_view kind,
                           const Fingerprint& key, size_t numbers)
    : m_rows(store, kind, key)
{
    for (const std::vector<double>& row : m_rows.load().value_or(NumberRows()))
        if (row.size() == numbers + 1)
            m_found[static_cast<int>(row.front())] = {row.begin() + 1, row.end()};
}

bool IndexedStore::hasAll(const std::vector<int>& indices) const
{
    return std::all_of(indices.begin(), indices.end(),
                       [&](int index) { return m_found.contains(index); });
}

void IndexedStore::fill(const std::function<std::string(int)>& nameOf,
                        const std::vector<int>& indices, bool takesLong, Progress& progress,
                        const Measure& measure, const Each& each)
{
    const bool allKnown = hasAll(indices);
    const auto all = static_cast<double>(indices.size());
    for (size_t i = 0; i < indices.size() && !progress.stopRequested(); ++i) {
        const int index = indices[i];
        const auto done = static_cast<double>(i);
        if (!m_found.contains(index)) {
            progress.report(done / all, nameOf(index));
            ProgressSpan span(progress, done / all, (done + 1) / all);
            auto numbers = measure(index, span);
            if (!numbers)
                break;
            m_found[index] = std::move(*numbers);
            if (takesLong)
                keep();
        }
        each(index, m_found.at(index));
    }
    if (!takesLong && !allKnown)
        keep();
}

void IndexedStore::keep() const
{
    NumberRows rows;
    for (const auto& [index, numbers] : m_found) {
        rows.push_back({static_cast<double>(index)});
        rows.back().insert(rows.back().end(), numbers.begin(), numbers.end());
    }
    m_rows.keep(rows);
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/progress.h"
#include "core/files/store/number_store.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bitloom {

/// A few numbers for each of a graph's slots, or of its values, as many as were found so far.
class IndexedStore {
public:
    /// `numbers` for each index; as NumberStore.
    IndexedStore(const MeasurementStore& store, std::string_view kind, const Fingerprint& key,
                 size_t numbers);

    bool hasAll(const std::vector<int>& indices) const;
    using Measure = std::function<std::optional<std::vector<double>>(int index, Progress&)>;
    using Each = std::function<void(int index, const std::vector<double>& numbers)>;
    /// Measures those of `indices`, indices into `all` (what has names), that are not known; `each`
    /// sees all of them, in order. Where one takes long, each is kept as it comes, otherwise all at
    /// the end. Stopped, or nothing was measured: those so far.
    template <typename Named>
    void fill(const std::vector<Named>& all, const std::vector<int>& indices, bool takesLong,
              Progress& progress, const Measure& measure, const Each& each)
    {
        fill([&](int index) { return all[static_cast<size_t>(index)].name; }, indices, takesLong,
             progress, measure, each);
    }

private:
    void fill(const std::function<std::string(int)>& nameOf, const std::vector<int>& indices,
              bool takesLong, Progress& progress, const Measure& measure, const Each& each);
    void keep() const;

    NumberStore m_rows;
    std::map<int, std::vector<double>> m_found;
};

} // namespace bitloom

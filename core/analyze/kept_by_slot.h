// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/kept_numbers.h"
#include "core/network/graph.h"
#include "core/progress.h"

#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace bitloom {

/// A few numbers for each slot, as many as were found so far.
class KeptBySlot {
public:
    /// `numbers` for each slot; as KeptNumbers.
    KeptBySlot(const MeasurementStore& store, std::string_view kind, const Fingerprint& key,
               size_t numbers);

    bool hasAll(const std::vector<int>& slots) const;
    using Measure = std::function<std::optional<std::vector<double>>(int slot, Progress&)>;
    using Each = std::function<void(int slot, const std::vector<double>& numbers)>;
    /// Measures those of `slots` that are not known; `each` sees all, in order. Where one takes
    /// long, each is kept as it comes, otherwise all at the end. Stopped, or nothing was measured:
    /// those so far.
    void fill(const Graph& graph, const std::vector<int>& slots, bool takesLong, Progress& progress,
              const Measure& measure, const Each& each);

private:
    void keep() const;

    KeptNumbers m_rows;
    std::map<int, std::vector<double>> m_found;
};

} // namespace bitloom

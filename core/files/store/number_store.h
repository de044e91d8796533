// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/store/measurement_store.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bitloom {

/// Rows of numbers that took long to find.
using NumberRows = std::vector<std::vector<double>>;

/// Kept under a key for the next time, and read back to the last bit.
class NumberStore {
public:
    /// `kind`: as MeasurementStore::entry.
    NumberStore(const MeasurementStore& store, std::string_view kind, const Fingerprint& key)
        : NumberStore(store.entry(kind, key))
    {
    }
    /// In a file of a measurement.
    explicit NumberStore(MeasurementEntry entry, std::string file = "numbers")
        : m_entry(std::move(entry))
        , m_file(std::move(file))
    {
    }
    /// Nothing: none were kept.
    std::optional<NumberRows> load() const;
    /// False: there is no room.
    bool keep(const NumberRows& rows) const;

private:
    MeasurementEntry m_entry;
    std::string m_file;
};

} // namespace bitloom

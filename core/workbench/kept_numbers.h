// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private to the workbench.

#include "core/files/measurement_store.h"

#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace bitloom {

/// Rows of numbers that took long to find.
using NumberRows = std::vector<std::vector<double>>;

/// Kept under a key for the next time, and read back to the last bit.
class KeptNumbers {
public:
    /// `kind`: as MeasurementStore::entry.
    KeptNumbers(const MeasurementStore& store, std::string_view kind, const Fingerprint& key)
        : m_entry(store.entry(kind, key))
    {
    }
    /// Nothing: none were kept.
    std::optional<NumberRows> load() const;
    void keep(const NumberRows& rows) const;

private:
    MeasurementEntry m_entry;
};

/// A few numbers for each slot, as many as were found so far.
class KeptBySlot {
public:
    /// `numbers` for each slot; as KeptNumbers.
    KeptBySlot(const MeasurementStore& store, std::string_view kind, const Fingerprint& key,
               size_t numbers);

    /// Null: not found yet.
    const std::vector<double>* of(int slot) const;
    void add(int slot, std::vector<double> numbers) { m_found[slot] = std::move(numbers); }
    void keep() const;

private:
    KeptNumbers m_rows;
    std::map<int, std::vector<double>> m_found;
};

} // namespace bitloom

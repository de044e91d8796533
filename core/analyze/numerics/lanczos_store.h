// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/numerics/lanczos.h"
#include "core/files/store/measurement_store.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace bitloom {

/// The state of a Lanczos run in a measurement, so that one that was interrupted goes on. A vector
/// is written once and never changes; what names them is written last, so that it is whole whenever
/// the program is killed, also while another does the same.
class LanczosStore {
public:
    /// `run`: its name there. `share`: of the time, about, that may go to keeping it.
    LanczosStore(MeasurementEntry entry, const std::string& run, double share);
    /// Nothing: none was kept, or not all of it is there.
    std::optional<Lanczos::State> load(size_t dimension);
    void keep(const Lanczos::State& state); ///< of one step at least
    /// Where that takes no more than its share of the time since the last.
    void storeWhenDue(const Lanczos::State& state);
    void remove() const { m_entry.removeAll(m_beginning); }

private:
    /// Vectors by the step that they are the start of, [first, last].
    struct Stored {
        int64_t first = 0;
        int64_t last = -1;
    };
    std::string nameOf(int64_t step) const { return m_beginning + std::to_string(step); }
    bool writeVectors(const Lanczos::State& state, const Stored& wanted) const;

    using Clock = std::chrono::steady_clock;
    MeasurementEntry m_entry;
    std::string m_beginning; ///< of all its files' names
    double m_share;
    Stored m_stored;
    Clock::time_point m_ended;   ///< when it was last kept
    Clock::duration m_took = {}; ///< then
};

} // namespace bitloom

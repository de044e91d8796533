// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/store/measurement_store.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace bitloom {

/// Sums over many windows that are too large for memory: in files that the system may push out.
/// What was kept is there the next time, even when the program was killed in the middle of adding.
class SpilledSums {
public:
    /// `counts`: floats of each sum. As they were last kept; else zero, of no windows.
    SpilledSums(MeasurementEntry entry, std::vector<int64_t> counts);

    std::span<float> values(size_t sum) const { return m_sums[sum]->values(); }
    /// They are of the first so many windows.
    size_t windows() const { return m_windows; }
    /// Now they are of the first so many. They are copied to disk, all or nothing: when nothing
    /// follows now (`last`), else no more often than costs a tenth of the time.
    void reached(size_t windows, bool last);
    /// Takes the sums out; what was kept stays as it is.
    std::vector<std::unique_ptr<Scratch>> release() && { return std::move(m_sums); }

private:
    using Clock = std::chrono::steady_clock;

    std::string nameOf(size_t sum, size_t windows) const;
    bool restore(size_t windows);
    void keep();

    MeasurementEntry m_entry;
    std::vector<int64_t> m_counts;
    std::vector<std::unique_ptr<Scratch>> m_sums;
    size_t m_windows = 0;
    Clock::time_point m_keepAfter;
};

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace bitloom {

/// A stretch of a buffer that a dispatch reads or writes. `buffer` is any number that tells
/// buffers apart.
struct Access {
    uint64_t buffer = 0;
    int64_t offset = 0;
    int64_t bytes = 0;
    bool write = false;
};

/// Decides where barriers go, from what each dispatch declares to read and write: one is needed
/// when a dispatch touches what an earlier one since the last barrier wrote, or writes what such
/// a one read. Dispatches without a hazard stay free to overlap.
class HazardTracker {
public:
    /// Enters the next dispatch; true when a barrier must stand before it.
    bool enter(std::span<const Access> accesses);

private:
    std::vector<Access> m_sinceBarrier;
};

} // namespace bitloom

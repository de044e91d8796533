// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

namespace bitloom {

/// A value of a recorded run: alive from the step that writes it to the last that reads it.
struct Lifetime {
    int first = 0;
    int last = 0;
    int64_t bytes = 0;
};

struct MemoryPlan {
    std::vector<int64_t> offsets; ///< one per lifetime
    int64_t bytes = 0;            ///< of the whole arena
};

/// Places values in one arena so that no two alive at the same step overlap; largest first, each
/// at the lowest free offset, all offsets multiples of `alignment`.
MemoryPlan planMemory(const std::vector<Lifetime>& lifetimes, int64_t alignment);

} // namespace bitloom

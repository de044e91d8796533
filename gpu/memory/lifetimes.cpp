// SPDX-License-Identifier: GPL-3.0-or-later
#include "gpu/memory/lifetimes.h"

#include <algorithm>
#include <numeric>

namespace bitloom {

namespace {

struct Placed {
    int64_t from;
    int64_t to;
};

int64_t lowestGap(std::vector<Placed> taken, int64_t bytes)
{
    std::ranges::sort(taken, {}, &Placed::from);
    int64_t offset = 0;
    for (const Placed& other : taken) {
        if (offset + bytes <= other.from) {
            break;
        }
        offset = std::max(offset, other.to);
    }
    return offset;
}

} // namespace

MemoryPlan planMemory(const std::vector<Lifetime>& lifetimes, int64_t alignment)
{
    const auto aligned = [&](int64_t n) { return (n + alignment - 1) / alignment * alignment; };
    std::vector<size_t> order(lifetimes.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::ranges::stable_sort(order, std::ranges::greater(),
                             [&](size_t i) { return lifetimes[i].bytes; });
    MemoryPlan plan;
    plan.offsets.assign(lifetimes.size(), 0);
    std::vector<size_t> placed;
    for (const size_t i : order) {
        std::vector<Placed> taken;
        for (const size_t j : placed) {
            if (lifetimes[i].first <= lifetimes[j].last &&
                lifetimes[j].first <= lifetimes[i].last) {
                taken.push_back({plan.offsets[j], plan.offsets[j] + aligned(lifetimes[j].bytes)});
            }
        }
        plan.offsets[i] = lowestGap(std::move(taken), aligned(lifetimes[i].bytes));
        plan.bytes = std::max(plan.bytes, plan.offsets[i] + aligned(lifetimes[i].bytes));
        placed.push_back(i);
    }
    return plan;
}

} // namespace bitloom

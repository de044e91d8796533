// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <cstring>

namespace bitloom {

/// Four numbers that are worked on together; wider types than a processor has are spilled by GCC.
using FourFloats [[gnu::vector_size(16)]] = float;
using FourDoubles [[gnu::vector_size(32)]] = double;
using FourInts [[gnu::vector_size(16)]] = int32_t;
inline constexpr int64_t kLanes = 4;

[[gnu::always_inline]] inline void load(FourFloats& lanes, const float* values)
{
    std::memcpy(&lanes, values, sizeof lanes);
}

#if defined(__x86_64__)
template <typename Kernel, typename... Arguments>
[[gnu::target("avx2")]] void runWithAvx2(Arguments... arguments)
{
    Kernel::run(arguments...);
}
#endif

/// Runs `Kernel::run` (a static, always inlined function) with the widest registers the processor
/// has. The same operations in the same order, no fused multiply-add: the same bits everywhere.
template <typename Kernel, typename... Arguments>
void runWide(Arguments... arguments)
{
#if defined(__x86_64__)
    static const bool avx2 = __builtin_cpu_supports("avx2");
    if (avx2)
        return runWithAvx2<Kernel>(arguments...);
#endif
    Kernel::run(arguments...);
}

} // namespace bitloom

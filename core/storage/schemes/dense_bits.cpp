// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/schemes/dense_bits.h"

namespace bitloom {

void packDense(std::span<const uint8_t> numbers, int bits, std::byte* out)
{
    uint32_t pending = 0;
    int count = 0;
    for (const uint8_t number : numbers) {
        pending |= static_cast<uint32_t>(number) << count;
        for (count += bits; count >= 8; count -= 8, pending >>= 8)
            *out++ = static_cast<std::byte>(pending);
    }
    if (count > 0)
        *out = static_cast<std::byte>(pending);
}

void unpackDense(const std::byte* bytes, int bits, std::span<uint8_t> numbers)
{
    const uint32_t mask = (1U << bits) - 1U;
    uint32_t pending = 0;
    int count = 0;
    for (uint8_t& number : numbers) {
        if (count < bits) {
            pending |= static_cast<uint32_t>(*bytes++) << count;
            count += 8;
        }
        number = static_cast<uint8_t>(pending & mask);
        pending >>= bits;
        count -= bits;
    }
}

} // namespace bitloom

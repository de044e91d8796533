// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/schemes/dense_bits.h"

namespace bitloom {

namespace {

void unpackOneByOne(const std::byte* bytes, int bits, std::span<Code> numbers)
{
    const uint32_t mask = (1U << bits) - 1U;
    uint32_t pending = 0;
    int count = 0;
    for (Code& number : numbers) {
        for (; count < bits; count += 8)
            pending |= static_cast<uint32_t>(*bytes++) << count;
        number = static_cast<Code>(pending & mask);
        pending >>= bits;
        count -= bits;
    }
}

/// Eight numbers are as many bytes as one has bits; a constant, so that the shifts are.
template <int kBits>
void unpackByEights(const std::byte* bytes, std::span<Code> numbers)
{
    constexpr uint64_t kMask = (uint64_t{1} << kBits) - 1;
    const size_t whole = numbers.size() / 8 * 8;
    for (size_t first = 0; first < whole; first += 8, bytes += kBits) {
        uint64_t pending = 0;
        for (int i = 0; i < kBits; ++i)
            pending |= static_cast<uint64_t>(bytes[i]) << (8 * i);
        for (size_t i = 0; i < 8; ++i)
            numbers[first + i] = static_cast<Code>(pending >> (i * kBits) & kMask);
    }
    unpackOneByOne(bytes, kBits, numbers.subspan(whole));
}

} // namespace

void packDense(std::span<const Code> numbers, int bits, std::byte* out)
{
    uint32_t pending = 0;
    int count = 0;
    for (const Code number : numbers) {
        pending |= static_cast<uint32_t>(number) << count;
        for (count += bits; count >= 8; count -= 8, pending >>= 8)
            *out++ = static_cast<std::byte>(pending);
    }
    if (count > 0)
        *out = static_cast<std::byte>(pending);
}

void unpackDense(const std::byte* bytes, int bits, std::span<Code> numbers)
{
    switch (bits) {
    case 2:
        return unpackByEights<2>(bytes, numbers);
    case 3:
        return unpackByEights<3>(bytes, numbers);
    case 4:
        return unpackByEights<4>(bytes, numbers);
    case 5:
        return unpackByEights<5>(bytes, numbers);
    case 6:
        return unpackByEights<6>(bytes, numbers);
    case 7:
        return unpackByEights<7>(bytes, numbers);
    case 8:
        return unpackByEights<8>(bytes, numbers);
    default:
        unpackOneByOne(bytes, bits, numbers);
    }
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/schemes/block_scheme.h"
#include "core/storage/schemes/families.h"

#include <cstring>

namespace bitloom {

namespace {

constexpr int kQ2Groups = 16;
constexpr int kQ3Groups = 16;
constexpr int kQ3ScalesAt = 96;
constexpr int kQ3SubOffset = 32;
constexpr int kQ45ScalesAt = 4;
constexpr int kQ6Groups = 16;
constexpr int kQ6ScalesAt = 192;

int at(const std::byte* bytes, int index)
{
    return static_cast<int>(bytes[index]);
}

void merge(std::byte& byte, int bits)
{
    byte |= static_cast<std::byte>(bits);
}

/// Q2_K: a byte per group, scale in the low and bias in the high nibble.
void packNibbles(const int8_t* scales, const int8_t* biases, std::byte* block)
{
    for (int g = 0; g < kQ2Groups; ++g)
        block[g] = static_cast<std::byte>(scales[g] | (biases[g] << 4));
}

void unpackNibbles(const std::byte* block, int8_t* scales, int8_t* biases)
{
    for (int g = 0; g < kQ2Groups; ++g) {
        scales[g] = static_cast<int8_t>(at(block, g) & 15);
        biases[g] = static_cast<int8_t>(at(block, g) >> 4);
    }
}

/// Q3_K: 16 scales of 6 bits plus 32; low nibbles in 8 bytes, high pairs of bits in 4.
void packQ3Scales(const int8_t* scales, const int8_t* /*biases*/, std::byte* block)
{
    std::byte* packed = block + kQ3ScalesAt;
    for (int g = 0; g < kQ3Groups; ++g) {
        const int sub = scales[g] + kQ3SubOffset;
        merge(packed[g % 8], (sub & 15) << (g < 8 ? 0 : 4));
        merge(packed[8 + g % 4], (sub >> 4) << (2 * (g / 4)));
    }
}

void unpackQ3Scales(const std::byte* block, int8_t* scales, int8_t* /*biases*/)
{
    const std::byte* packed = block + kQ3ScalesAt;
    for (int g = 0; g < kQ3Groups; ++g) {
        const int low = (at(packed, g % 8) >> (g < 8 ? 0 : 4)) & 15;
        const int high = (at(packed, 8 + g % 4) >> (2 * (g / 4))) & 3;
        scales[g] = static_cast<int8_t>((low | (high << 4)) - kQ3SubOffset);
    }
}

/// Q4_K and Q5_K: 8 scales and 8 biases of 6 bits in 12 bytes; the first four of each lie in the
/// low bits of bytes 0…3 and 4…7, the others in the nibbles of 8…11 and the bits left over.
void packSixBits(const int8_t* scales, const int8_t* biases, std::byte* block)
{
    std::byte* packed = block + kQ45ScalesAt;
    for (int g = 0; g < 4; ++g) {
        merge(packed[g], scales[g] | ((scales[g + 4] >> 4) << 6));
        merge(packed[g + 4], biases[g] | ((biases[g + 4] >> 4) << 6));
        merge(packed[g + 8], (scales[g + 4] & 15) | ((biases[g + 4] & 15) << 4));
    }
}

void unpackSixBits(const std::byte* block, int8_t* scales, int8_t* biases)
{
    const std::byte* packed = block + kQ45ScalesAt;
    for (int g = 0; g < 4; ++g) {
        scales[g] = static_cast<int8_t>(at(packed, g) & 63);
        biases[g] = static_cast<int8_t>(at(packed, g + 4) & 63);
        scales[g + 4] = static_cast<int8_t>((at(packed, g + 8) & 15) | (at(packed, g) >> 6 << 4));
        biases[g + 4] =
            static_cast<int8_t>((at(packed, g + 8) >> 4) | (at(packed, g + 4) >> 6 << 4));
    }
}

/// Q6_K: a signed byte per group.
void packBytes(const int8_t* scales, const int8_t* /*biases*/, std::byte* block)
{
    std::memcpy(block + kQ6ScalesAt, scales, kQ6Groups);
}

void unpackBytes(const std::byte* block, int8_t* scales, int8_t* /*biases*/)
{
    std::memcpy(scales, block + kQ6ScalesAt, kQ6Groups);
}

} // namespace

const Scheme& q6_kScheme()
{
    static const BlockScheme scheme({
        .id = "q6_k",
        .description = "GGUF: 6-bit codes, 8-bit scales per 16 weights in blocks of 256, "
                       "6.5625 bits.",
        .family = "q_k",
        .bits = 6,
        .columns = 256,
        .bytes = 210,
        .groupSize = 16,
        .offset = 32,
        .planes = {{.offset = 0, .stripe = 64, .width = 4, .codeShift = 0},
                   {.offset = 128, .stripe = 32, .width = 2, .codeShift = 4}},
        .scaleAt = 208,
        .packSubs = packBytes,
        .unpackSubs = unpackBytes,
        .lowestSub = -128,
        .highestSub = 127,
    });
    return scheme;
}

const Scheme& q5_kScheme()
{
    static const BlockScheme scheme({
        .id = "q5_k",
        .description = "GGUF: 5-bit codes, 6-bit scales and minima per 32 weights in blocks of "
                       "256, 5.5 bits.",
        .family = "q_k",
        .bits = 5,
        .columns = 256,
        .bytes = 176,
        .groupSize = 32,
        .offset = 0,
        .planes = {{.offset = 48, .stripe = 32, .width = 4, .codeShift = 0},
                   {.offset = 16, .stripe = 32, .width = 1, .codeShift = 4}},
        .scaleAt = 0,
        .biasAt = 2,
        .biasSign = -1.0F,
        .packSubs = packSixBits,
        .unpackSubs = unpackSixBits,
        .lowestSub = 0,
        .highestSub = 63,
    });
    return scheme;
}

const Scheme& q4_kScheme()
{
    static const BlockScheme scheme({
        .id = "q4_k",
        .description = "GGUF: 4-bit codes, 6-bit scales and minima per 32 weights in blocks of "
                       "256, 4.5 bits.",
        .family = "q_k",
        .bits = 4,
        .columns = 256,
        .bytes = 144,
        .groupSize = 32,
        .offset = 0,
        .planes = {{.offset = 16, .stripe = 32, .width = 4, .codeShift = 0}},
        .scaleAt = 0,
        .biasAt = 2,
        .biasSign = -1.0F,
        .packSubs = packSixBits,
        .unpackSubs = unpackSixBits,
        .lowestSub = 0,
        .highestSub = 63,
    });
    return scheme;
}

const Scheme& q3_kScheme()
{
    static const BlockScheme scheme({
        .id = "q3_k",
        .description = "GGUF: 3-bit codes, 6-bit scales per 16 weights in blocks of 256, "
                       "3.4375 bits.",
        .family = "q_k",
        .bits = 3,
        .columns = 256,
        .bytes = 110,
        .groupSize = 16,
        .offset = 4,
        .planes = {{.offset = 32, .stripe = 32, .width = 2, .codeShift = 0},
                   {.offset = 0, .stripe = 32, .width = 1, .codeShift = 2}},
        .scaleAt = 108,
        .packSubs = packQ3Scales,
        .unpackSubs = unpackQ3Scales,
        .lowestSub = -32,
        .highestSub = 31,
    });
    return scheme;
}

const Scheme& q2_kScheme()
{
    static const BlockScheme scheme({
        .id = "q2_k",
        .description = "GGUF: 2-bit codes, 4-bit scales and minima per 16 weights in blocks of "
                       "256, 2.625 bits.",
        .family = "q_k",
        .bits = 2,
        .columns = 256,
        .bytes = 84,
        .groupSize = 16,
        .offset = 0,
        .planes = {{.offset = 16, .stripe = 32, .width = 2, .codeShift = 0}},
        .scaleAt = 80,
        .biasAt = 82,
        .biasSign = -1.0F,
        .packSubs = packNibbles,
        .unpackSubs = unpackNibbles,
        .lowestSub = 0,
        .highestSub = 15,
    });
    return scheme;
}

} // namespace bitloom

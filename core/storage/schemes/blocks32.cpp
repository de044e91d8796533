// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/schemes/block_scheme.h"
#include "core/storage/schemes/families.h"

namespace bitloom {

const Scheme& q8_0Scheme()
{
    static const BlockScheme scheme({
        .id = "q8_0",
        .description = "GGUF: signed bytes with a half scale per 32 weights, 8.5 bits.",
        .family = "q_0",
        .bits = 8,
        .columns = 32,
        .bytes = 34,
        .groupSize = 32,
        .offset = 128,
        .planes = {{.offset = 2, .stripe = 1, .width = 8, .codeShift = 0}},
        .codeFlip = 0x80,
        .eitherSign = false,
    });
    return scheme;
}

const Scheme& q5_1Scheme()
{
    static const BlockScheme scheme({
        .id = "q5_1",
        .description = "GGUF: 5-bit codes with a half scale and minimum per 32 weights, 6 bits.",
        .family = "q_1",
        .bits = 5,
        .columns = 32,
        .bytes = 24,
        .groupSize = 32,
        .offset = 0,
        .planes = {{.offset = 8, .stripe = 16, .width = 4, .codeShift = 0},
                   {.offset = 4, .stripe = 1, .width = 1, .codeShift = 4}},
        .biasAt = 2,
    });
    return scheme;
}

const Scheme& q5_0Scheme()
{
    static const BlockScheme scheme({
        .id = "q5_0",
        .description = "GGUF: 5-bit codes around 0 with a half scale per 32 weights, 5.5 bits.",
        .family = "q_0",
        .bits = 5,
        .columns = 32,
        .bytes = 22,
        .groupSize = 32,
        .offset = 16,
        .planes = {{.offset = 6, .stripe = 16, .width = 4, .codeShift = 0},
                   {.offset = 2, .stripe = 1, .width = 1, .codeShift = 4}},
    });
    return scheme;
}

const Scheme& q4_1Scheme()
{
    static const BlockScheme scheme({
        .id = "q4_1",
        .description = "GGUF: 4-bit codes with a half scale and minimum per 32 weights, 5 bits.",
        .family = "q_1",
        .bits = 4,
        .columns = 32,
        .bytes = 20,
        .groupSize = 32,
        .offset = 0,
        .planes = {{.offset = 4, .stripe = 16, .width = 4, .codeShift = 0}},
        .biasAt = 2,
    });
    return scheme;
}

const Scheme& q4_0Scheme()
{
    static const BlockScheme scheme({
        .id = "q4_0",
        .description = "GGUF: 4-bit codes around 0 with a half scale per 32 weights, 4.5 bits.",
        .family = "q_0",
        .bits = 4,
        .columns = 32,
        .bytes = 18,
        .groupSize = 32,
        .offset = 8,
        .planes = {{.offset = 2, .stripe = 16, .width = 4, .codeShift = 0}},
    });
    return scheme;
}

} // namespace bitloom

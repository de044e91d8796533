// SPDX-License-Identifier: GPL-3.0-or-later
// Decoding weights from the planar layout (gpu/kernels/planar.h). Takes bindings 0 to 4 and the
// constants from CODEBOOK_AT on.
INPUT_U4(0, wide);   // plane of 4 bits: 1 a group; of 8 bits: 2 a group; floats: 1 a quad
INPUT_U2(1, middle); // plane of 2 bits: 1 a group; halves and bfloats: 1 a quad
INPUT_U1(2, narrow); // plane of 1 bit: 1 a group
INPUT_U1(3, params); // half-precision scales and biases
INPUT_U1(4, sub);    // a small entry for each group

// IEEE half to float by integer arithmetic: exact for subnormals too, which unpackHalf2x16 may
// flush.
float decodeHalf(uint h)
{
    uint magnitude = h & 0x7fffu;
    float tiny = float(magnitude) * 5.9604644775390625e-8; // 2^-24
    uint exponentBias = magnitude >= 0x7c00u ? 0x70000000u : 0x38000000u;
    float value = magnitude < 0x400u ? tiny : uintBitsToFloat((magnitude << 13) + exponentBias);
    return (h & 0x8000u) != 0u ? -value : value;
}

// The three numbers that decode a group: scale · code + shift is what a code stands for, with
// shift folded from zero point and bias only where rounding does not matter.
struct Parameters {
    float scale;
    float zero;
    float bias;
};

Parameters parametersOf(Weights w, uint row, uint group)
{
    uint block = row * w.blocks + (group >> w.blockShift);
    Parameters p;
    p.zero = float(w.offset);
    p.bias = 0.0;
    if ((w.fields & BITLOOM_HAS_BIAS) != 0u) {
        uint pair = U1(params, block);
        p.scale = decodeHalf(pair & 0xffffu);
        p.bias = decodeHalf(pair >> 16);
    } else {
        p.scale = decodeHalf((U1(params, block >> 1) >> ((block & 1u) * 16u)) & 0xffffu);
    }
    if (w.entryBits != 0u) {
        uint at = (row * w.groups + group) * w.entryBits;
        uint entry = U1(sub, at >> 5) >> (at & 31u);
        int scaleWidth = int(BITLOOM_SCALE_WIDTH(w.fields));
        int biasWidth = int(BITLOOM_BIAS_WIDTH(w.fields));
        int zeroWidth = int(BITLOOM_ZERO_WIDTH(w.fields));
        if (scaleWidth == 8)
            p.scale *= float(bitfieldExtract(int(entry), 0, 8));
        else if (scaleWidth == 4)
            p.scale *= float(entry & 15u);
        if (biasWidth == 8)
            p.bias *= float(bitfieldExtract(int(entry), scaleWidth, 8));
        else if (biasWidth == 4)
            p.bias *= float((entry >> scaleWidth) & 15u);
        if (zeroWidth != 0)
            p.zero = float(bitfieldExtract(entry, scaleWidth + biasWidth, zeroWidth));
    }
    if ((w.fields & BITLOOM_NEGATIVE_BIAS) != 0u)
        p.bias = -p.bias;
    return p;
}

// Parameter group of part `part` of a unit; parts are halves where groups are of 16, else wholes.
uint groupOf(Weights w, uint unit, uint part)
{
    return w.groupShift == BITLOOM_GROUPS_OF_16 ? min(2u * unit + part, w.groups - 1u)
                                                : unit >> w.groupShift;
}

vec4 bytesToFloats(uint c)
{
    return vec4(float(c & 255u), float((c >> 8) & 255u), float((c >> 16) & 255u), float(c >> 24));
}

// A codebook stands in constants, not in memory: selects between registers cost less than a fetch
// for each weight.
layout(constant_id = CODEBOOK_AT) const uint CODEBOOK = 0u; // 0: codes are whole numbers
layout(constant_id = CODEBOOK_AT + 1) const float LEVEL_0 = 0.0;
layout(constant_id = CODEBOOK_AT + 2) const float LEVEL_1 = 0.0;
layout(constant_id = CODEBOOK_AT + 3) const float LEVEL_2 = 0.0;
layout(constant_id = CODEBOOK_AT + 4) const float LEVEL_3 = 0.0;
layout(constant_id = CODEBOOK_AT + 5) const float LEVEL_4 = 0.0;
layout(constant_id = CODEBOOK_AT + 6) const float LEVEL_5 = 0.0;
layout(constant_id = CODEBOOK_AT + 7) const float LEVEL_6 = 0.0;
layout(constant_id = CODEBOOK_AT + 8) const float LEVEL_7 = 0.0;
layout(constant_id = CODEBOOK_AT + 9) const float LEVEL_8 = 0.0;
layout(constant_id = CODEBOOK_AT + 10) const float LEVEL_9 = 0.0;
layout(constant_id = CODEBOOK_AT + 11) const float LEVEL_10 = 0.0;
layout(constant_id = CODEBOOK_AT + 12) const float LEVEL_11 = 0.0;
layout(constant_id = CODEBOOK_AT + 13) const float LEVEL_12 = 0.0;
layout(constant_id = CODEBOOK_AT + 14) const float LEVEL_13 = 0.0;
layout(constant_id = CODEBOOK_AT + 15) const float LEVEL_14 = 0.0;
layout(constant_id = CODEBOOK_AT + 16) const float LEVEL_15 = 0.0;

// What four codes, a byte each, stand for before the scale.
vec4 levelsOf(uint codes)
{
    if (CODEBOOK == 0u)
        return bytesToFloats(codes);
    uvec4 q = uvec4(codes, codes >> 8, codes >> 16, codes >> 24);
    bvec4 bit0 = notEqual(q & 1u, uvec4(0u));
    bvec4 bit1 = notEqual(q & 2u, uvec4(0u));
    bvec4 bit2 = notEqual(q & 4u, uvec4(0u));
    bvec4 bit3 = notEqual(q & 8u, uvec4(0u));
#define CHOOSE(low, high, bit) mix(vec4(low), vec4(high), bit)
    vec4 low = CHOOSE(CHOOSE(CHOOSE(LEVEL_0, LEVEL_1, bit0), CHOOSE(LEVEL_2, LEVEL_3, bit0), bit1),
                      CHOOSE(CHOOSE(LEVEL_4, LEVEL_5, bit0), CHOOSE(LEVEL_6, LEVEL_7, bit0), bit1),
                      bit2);
    vec4 high =
        CHOOSE(CHOOSE(CHOOSE(LEVEL_8, LEVEL_9, bit0), CHOOSE(LEVEL_10, LEVEL_11, bit0), bit1),
               CHOOSE(CHOOSE(LEVEL_12, LEVEL_13, bit0), CHOOSE(LEVEL_14, LEVEL_15, bit0), bit1),
               bit2);
    return CHOOSE(low, high, bit3);
}

// The packed codes of one group of 32 weights.
struct Codes {
    uvec4 wide0;
    uvec4 wide1;
    uvec2 middle;
    uint narrow;
};

Codes loadCodes(uint bits, uint unit)
{
    Codes c;
    c.wide0 = uvec4(0u);
    c.wide1 = uvec4(0u);
    c.middle = uvec2(0u);
    c.narrow = 0u;
    if ((bits & 8u) != 0u) {
        c.wide0 = U4(wide, 2u * unit);
        c.wide1 = U4(wide, 2u * unit + 1u);
    }
    if ((bits & 4u) != 0u)
        c.wide0 = U4(wide, unit);
    if ((bits & 2u) != 0u)
        c.middle = U2(middle, unit);
    if ((bits & 1u) != 0u)
        c.narrow = U1(narrow, unit);
    return c;
}

// Codes 4·quad … 4·quad + 3 of a group, a byte each. 3 bits are the planes 2 + 1, 5 = 4 + 1, ...;
// the widest plane holds the lowest bits.
uint quadCodes(uint bits, Codes c, uint quad)
{
    if ((bits & 8u) != 0u)
        return quad < 4u ? c.wide0[quad & 3u] : c.wide1[quad & 3u];
    uint codes = 0u;
    uint shift = 0u;
    if ((bits & 4u) != 0u) {
        codes = (c.wide0[quad >> 1] >> ((quad & 1u) * 4u)) & 0x0f0f0f0fu;
        shift = 4u;
    }
    if ((bits & 2u) != 0u) {
        codes |= ((c.middle[quad >> 2] >> ((quad & 3u) * 2u)) & 0x03030303u) << shift;
        shift += 2u;
    }
    if ((bits & 1u) != 0u)
        codes |= ((c.narrow >> quad) & 0x01010101u) << shift;
    return codes;
}

// A quad of plain numbers.
vec4 loadPlain(uint bits, uint unit)
{
    if (bits == BITLOOM_FLOAT)
        return uintBitsToFloat(U4(wide, unit));
    uvec2 pair = U2(middle, unit);
    uvec4 words = uvec4(pair.x & 0xffffu, pair.x >> 16, pair.y & 0xffffu, pair.y >> 16);
    if (bits == BITLOOM_BFLOAT)
        return uintBitsToFloat(words << 16);
    return vec4(decodeHalf(words.x), decodeHalf(words.y), decodeHalf(words.z),
                decodeHalf(words.w));
}

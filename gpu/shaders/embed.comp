#version 450
// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of an embedding matrix by number, be it a token's or a position: a lane decodes a quad.
// Dispatched once for each slab.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#define CODEBOOK_AT 2
#include "weights.glsl"
INPUT_U1(5, numbers);
OUTPUT_F4(6, result);
CONTROL(7);
PUSH(EmbedPush);

layout(constant_id = 1) const uint ONLY_FIRST = 0u; // 1: row 0 for all

vec4 decodeQuad(Weights w, uint row, uint quad)
{
    if (w.bits >= BITLOOM_HALF)
        return loadPlain(w.bits, row * w.units + quad);
    uint group = quad >> 3;
    uint parameterGroup = w.groupShift == BITLOOM_GROUPS_OF_16 ? quad >> 2 : group >> w.groupShift;
    Parameters p = parametersOf(w, row, parameterGroup);
    Codes codes = loadCodes(w.bits, row * w.units + group);
    vec4 q = levelsOf(quadCodes(w.bits, codes, quad & 7u));
    return p.scale * (q - p.zero) + p.bias;
}

void main()
{
    uint quad = gl_GlobalInvocationID.x;
    uint token = gl_WorkGroupID.y;
    if (quad >= push.stride || token >= control.count)
        return;
    uint id = ONLY_FIRST != 0u ? 0u : U1(numbers, token);
    uint row = id - push.weights.firstRow;
    if (row >= push.weights.rows)
        return;
    vec4 value = vec4(0.0);
    if (4u * quad < push.weights.columns) {
        value = decodeQuad(push.weights, row, quad);
        uvec4 column = 4u * quad + uvec4(0u, 1u, 2u, 3u);
        value = mix(vec4(0.0), value, lessThan(column, uvec4(push.weights.columns)));
    }
    result[token * push.stride + quad] = value;
}

#version 450
// SPDX-License-Identifier: GPL-3.0-or-later
// Matrix times several vectors: a tile of R rows × C tokens stays in registers. No shared memory:
// barriers cost a CPU device more than the reads they save.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#define CODEBOOK_AT 7
#include "weights.glsl"
INPUT_F4(5, x);
STATE_F1(6, y);
CONTROL(7);
INPUT_F1(8, bias);
PUSH(LinearPush);

layout(constant_id = 1) const uint T = 1u;
layout(constant_id = 2) const uint BITS = 4u;
layout(constant_id = 3) const uint PARTS = 1u; // 2: parameters for every 16 weights
layout(constant_id = 4) const uint R = 8u;
layout(constant_id = 5) const uint C = 16u;
layout(constant_id = 6) const uint ONTO = 0u; // BITLOOM_ONTO_…: what W x is added to

float addendOf(uint row, uint at)
{
    if (ONTO == BITLOOM_ONTO_OUTPUT)
        return y[at];
    return ONTO == BITLOOM_ONTO_BIAS ? F1(bias, row) : 0.0;
}

void main()
{
    Weights w = push.weights;
    uint firstToken = gl_WorkGroupID.z * C;
    if (firstToken >= control.count)
        return;
    uint lane = laneIndex() % T;
    uint lanes = gl_WorkGroupSize.x / T;
    uint workgroup = gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x;
    uint first = workgroup * lanes * R + laneIndex() / T;
    uint start[C];
    [[unroll]] for (uint c = 0u; c < C; ++c)
        start[c] = min(firstToken + c, control.count - 1u) * push.inputStride;
    // 8 / PARTS, but kept from compilers: unrolled, the loop below overflows instruction caches.
    uint quads = min(8u / PARTS, 8u * w.units);
    uint row[R];
    float total[R * C];
    [[unroll]] for (uint r = 0u; r < R; ++r) {
        row[r] = min(first + r * lanes, w.rows - 1u);
        [[unroll]] for (uint c = 0u; c < C; ++c)
            total[r * C + c] = 0.0;
    }
    if (BITS >= BITLOOM_HALF) {
        for (uint unit = lane; unit < w.units; unit += T) {
            vec4 v[C];
            [[unroll]] for (uint c = 0u; c < C; ++c)
                v[c] = F4(x, start[c] + unit);
            [[unroll]] for (uint r = 0u; r < R; ++r) {
                vec4 weight = loadPlain(BITS, row[r] * w.units + unit);
                [[unroll]] for (uint c = 0u; c < C; ++c)
                    total[r * C + c] = accumulate(weight, v[c], total[r * C + c]);
            }
        }
    } else {
        for (uint unit = lane; unit < w.units; unit += T) {
            Codes codes[R];
            [[unroll]] for (uint r = 0u; r < R; ++r)
                codes[r] = loadCodes(BITS, row[r] * w.units + unit);
            [[unroll]] for (uint part = 0u; part < PARTS; ++part) {
                Parameters p[R];
                [[unroll]] for (uint r = 0u; r < R; ++r)
                    p[r] = parametersOf(w, row[r], groupOf(w, unit, part));
                for (uint j = 0u; j < quads; ++j) {
                    uint i = part * (8u / PARTS) + j;
                    vec4 v[C];
                    [[unroll]] for (uint c = 0u; c < C; ++c)
                        v[c] = F4(x, start[c] + unit * 8u + i);
                    [[unroll]] for (uint r = 0u; r < R; ++r) {
                        vec4 q = levelsOf(quadCodes(BITS, codes[r], i));
                        vec4 weight = fma(q - p[r].zero, vec4(p[r].scale), vec4(p[r].bias));
                        [[unroll]] for (uint c = 0u; c < C; ++c)
                            total[r * C + c] = accumulate(weight, v[c], total[r * C + c]);
                    }
                }
            }
        }
    }
    [[unroll]] for (uint r = 0u; r < R; ++r) {
        uint target = first + r * lanes;
        [[unroll]] for (uint c = 0u; c < C; ++c) {
            uint token = firstToken + c;
            float value = sumOverLanes(total[r * C + c], T);
            uint at = token * push.outputStride + w.firstRow + target;
            if (lane == 0u && target < w.rows + push.zeroRows && token < control.count)
                y[at] = target < w.rows ? value + addendOf(w.firstRow + target, at) : 0.0;
        }
    }
}

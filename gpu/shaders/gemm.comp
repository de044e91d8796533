#version 450
// SPDX-License-Identifier: GPL-3.0-or-later
// Matrix times several vectors: a tile of R rows × C tokens stays in registers. No shared memory:
// barriers cost a CPU device more than the reads they save.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "weights.glsl"
INPUT_F4(5, x);
OUTPUT_F1(6, y);
CONTROL(7);
PUSH(LinearPush);

layout(constant_id = 1) const uint T = 1u;
layout(constant_id = 2) const uint BITS = 4u;
layout(constant_id = 3) const uint HALVES = 0u;
const uint R = 8u;
const uint C = 4u;

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
    for (uint c = 0u; c < C; ++c)
        start[c] = min(firstToken + c, control.count - 1u) * push.inputStride;
    uint row[R];
    float total[R * C];
    for (uint r = 0u; r < R; ++r) {
        row[r] = min(first + r * lanes, w.rows - 1u);
        for (uint c = 0u; c < C; ++c)
            total[r * C + c] = 0.0;
    }
    if (BITS >= BITLOOM_HALF) {
        for (uint unit = lane; unit < w.units; unit += T) {
            vec4 v[C];
            for (uint c = 0u; c < C; ++c)
                v[c] = F4(x, start[c] + unit);
            for (uint r = 0u; r < R; ++r) {
                vec4 weight = loadPlain(BITS, row[r] * w.units + unit);
                for (uint c = 0u; c < C; ++c)
                    total[r * C + c] += dot(weight, v[c]);
            }
        }
    } else {
        for (uint unit = lane; unit < w.units; unit += T) {
            Codes codes[R];
            Parameters p[R];
            for (uint r = 0u; r < R; ++r) {
                codes[r] = loadCodes(BITS, row[r] * w.units + unit);
                p[r] = parametersOf(w, row[r],
                                    HALVES != 0u ? 2u * unit : unit >> w.groupShift);
            }
            for (uint i = 0u; i < 8u; ++i) {
                if (HALVES != 0u && i == 4u)
                    for (uint r = 0u; r < R; ++r)
                        p[r] = parametersOf(w, row[r], min(2u * unit + 1u, w.groups - 1u));
                vec4 v[C];
                for (uint c = 0u; c < C; ++c)
                    v[c] = F4(x, start[c] + unit * 8u + i);
                for (uint r = 0u; r < R; ++r) {
                    vec4 q = bytesToFloats(quadCodes(BITS, codes[r], i));
                    vec4 weight = p[r].scale * (q - p[r].zero) + p[r].bias;
                    for (uint c = 0u; c < C; ++c)
                        total[r * C + c] += dot(weight, v[c]);
                }
            }
        }
    }
    for (uint i = 0u; i < R * C; ++i)
        for (uint step = 1u; step < T; step *= 2u)
            total[i] += subgroupShuffleXor(total[i], step);
    for (uint r = 0u; r < R; ++r) {
        uint target = first + r * lanes;
        for (uint c = 0u; c < C; ++c) {
            uint token = firstToken + c;
            if (lane == 0u && target < w.rows + push.zeroRows && token < control.count)
                y[token * push.outputStride + w.firstRow + target] =
                    target < w.rows ? total[r * C + c] : 0.0;
        }
    }
}

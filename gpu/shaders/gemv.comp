#version 450
// SPDX-License-Identifier: GPL-3.0-or-later
// Matrix times one vector. T lanes share a row (each takes every T-th group), a lane computes R
// rows. The sums Σq·x and Σx are kept apart, so a weight costs one multiply-add.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#define CODEBOOK_AT 5
#include "weights.glsl"
INPUT_F4(5, x);
STATE_F1(6, y);
CONTROL(7);
INPUT_F1(8, bias);
PUSH(LinearPush);

layout(constant_id = 1) const uint T = 1u;
layout(constant_id = 2) const uint BITS = 4u;
layout(constant_id = 3) const uint PARTS = 1u; // 2: parameters for every 16 weights
layout(constant_id = 4) const uint ONTO = 0u; // BITLOOM_ONTO_…: what W x is added to
const uint R = 4u;

float scaled(Parameters p, float products, float sum)
{
    return p.scale * (products - p.zero * sum) + p.bias * sum;
}

float addendOf(uint row, uint at)
{
    if (ONTO == BITLOOM_ONTO_OUTPUT)
        return y[at];
    return ONTO == BITLOOM_ONTO_BIAS ? F1(bias, row) : 0.0;
}

void main()
{
    Weights w = push.weights;
    uint lane = laneIndex() % T;
    uint lanes = gl_WorkGroupSize.x / T;
    uint workgroup = gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x;
    uint first = workgroup * lanes * R + laneIndex() / T;
    uint token = push.lastOnly != 0u ? control.count - 1u : 0u;
    uint start = token * push.inputStride;
    uint row[R];
    float total[R];
    [[unroll]] for (uint r = 0u; r < R; ++r) {
        row[r] = min(first + r * lanes, w.rows - 1u);
        total[r] = 0.0;
    }
    if (BITS >= BITLOOM_HALF) {
        for (uint unit = lane; unit < w.units; unit += T) {
            vec4 v = F4(x, start + unit);
            [[unroll]] for (uint r = 0u; r < R; ++r)
                total[r] = accumulate(loadPlain(BITS, row[r] * w.units + unit), v, total[r]);
        }
    } else {
        for (uint unit = lane; unit < w.units; unit += T) {
            Codes codes[R];
            [[unroll]] for (uint r = 0u; r < R; ++r)
                codes[r] = loadCodes(BITS, row[r] * w.units + unit);
            [[unroll]] for (uint part = 0u; part < PARTS; ++part) {
                vec4 products[R];
                [[unroll]] for (uint r = 0u; r < R; ++r)
                    products[r] = vec4(0.0);
                vec4 sum = vec4(0.0);
                [[unroll]] for (uint j = 0u; j < 8u / PARTS; ++j) {
                    uint i = part * (8u / PARTS) + j;
                    vec4 v = F4(x, start + unit * 8u + i);
                    sum += v;
                    [[unroll]] for (uint r = 0u; r < R; ++r)
                        products[r] =
                            fma(levelsOf(quadCodes(BITS, codes[r], i)), v, products[r]);
                }
                [[unroll]] for (uint r = 0u; r < R; ++r)
                    total[r] += scaled(parametersOf(w, row[r], groupOf(w, unit, part)),
                                       dot(products[r], vec4(1.0)), dot(sum, vec4(1.0)));
            }
        }
    }
    [[unroll]] for (uint r = 0u; r < R; ++r) {
        uint target = first + r * lanes;
        float value = sumOverLanes(total[r], T);
        uint at = w.firstRow + target;
        if (lane == 0u && target < w.rows + push.zeroRows)
            y[at] = target < w.rows ? value + addendOf(at, at) : 0.0;
    }
}

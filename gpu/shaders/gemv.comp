#version 450
// SPDX-License-Identifier: GPL-3.0-or-later
// Matrix times one vector. T lanes share a row (each takes every T-th group), a lane computes R
// rows. The sums Σq·x and Σx are kept apart, so a weight costs one multiply-add.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "weights.glsl"
INPUT_F4(5, x);
OUTPUT_F1(6, y);
CONTROL(7);
PUSH(LinearPush);

layout(constant_id = 1) const uint T = 1u;
layout(constant_id = 2) const uint BITS = 4u;
layout(constant_id = 3) const uint HALVES = 0u; // 1: parameters for every 16 weights
const uint R = 4u;

float scaled(Parameters p, float products, float sum)
{
    return p.scale * (products - p.zero * sum) + p.bias * sum;
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
    for (uint r = 0u; r < R; ++r) {
        row[r] = min(first + r * lanes, w.rows - 1u);
        total[r] = 0.0;
    }
    if (BITS >= BITLOOM_HALF) {
        for (uint unit = lane; unit < w.units; unit += T) {
            vec4 v = F4(x, start + unit);
            for (uint r = 0u; r < R; ++r)
                total[r] += dot(loadPlain(BITS, row[r] * w.units + unit), v);
        }
    } else {
        for (uint unit = lane; unit < w.units; unit += T) {
            vec4 v[8];
            vec4 low = vec4(0.0);
            vec4 high = vec4(0.0);
            for (uint i = 0u; i < 8u; ++i) {
                v[i] = F4(x, start + unit * 8u + i);
                if (i < 4u)
                    low += v[i];
                else
                    high += v[i];
            }
            float lowSum = dot(low, vec4(1.0));
            float highSum = dot(high, vec4(1.0));
            for (uint r = 0u; r < R; ++r) {
                Codes codes = loadCodes(BITS, row[r] * w.units + unit);
                vec4 a = vec4(0.0);
                vec4 b = vec4(0.0);
                for (uint i = 0u; i < 8u; ++i) {
                    vec4 q = bytesToFloats(quadCodes(BITS, codes, i));
                    if (i < 4u)
                        a += q * v[i];
                    else
                        b += q * v[i];
                }
                if (HALVES != 0u) {
                    uint second = min(2u * unit + 1u, w.groups - 1u);
                    total[r] += scaled(parametersOf(w, row[r], 2u * unit), dot(a, vec4(1.0)),
                                       lowSum);
                    total[r] += scaled(parametersOf(w, row[r], second), dot(b, vec4(1.0)),
                                       highSum);
                } else {
                    total[r] += scaled(parametersOf(w, row[r], unit >> w.groupShift),
                                       dot(a + b, vec4(1.0)), lowSum + highSum);
                }
            }
        }
    }
    for (uint r = 0u; r < R; ++r)
        for (uint step = 1u; step < T; step *= 2u)
            total[r] += subgroupShuffleXor(total[r], step);
    for (uint r = 0u; r < R; ++r) {
        uint target = first + r * lanes;
        if (lane == 0u && target < w.rows + push.zeroRows)
            y[w.firstRow + target] = target < w.rows ? total[r] : 0.0;
    }
}

#version 450
// SPDX-License-Identifier: GPL-3.0-or-later
// Quantizes rows in place, to the floats that codes stand for (core/storage/activation_scheme.h): T
// lanes share a stretch of columns that has a scale of its own.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
STATE_F4(0, x);
CONTROL(1);
PUSH(FakeQuantizePush);

layout(constant_id = 1) const uint T = 8u;
layout(constant_id = 2) const uint SYMMETRIC = 1u;

// As ActivationScheme::fakeQuantize: below it, steps have no reciprocal.
const float LEAST_RANGE = 1.0e-35;

float highestOf(vec4 v) { return max(max(v.x, v.y), max(v.z, v.w)); }

vec4 quantized(vec4 v, float low, float high)
{
    if (SYMMETRIC != 0u) {
        float most = max(-low, high);
        vec4 code = roundEven(v * (push.top / most));
        return limited(code, -push.top, push.top) * (most / push.top);
    }
    float perStep = push.top / (high - low);
    float zero = roundEven(-low * perStep);
    vec4 code = limited(roundEven(v * perStep) + zero, 0.0, push.top);
    return (code - zero) * ((high - low) / push.top);
}

void main()
{
    uint lane = laneIndex() % T;
    uint workgroup = gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x;
    uint number = workgroup * (gl_WorkGroupSize.x / T) + laneIndex() / T;
    uint perRow = push.stride / push.stretch;
    uint rows = min(push.rows, max(control.count, push.first) - push.first);
    bool valid = number / perRow < rows;
    uint row = min(number / perRow, max(rows, 1u) - 1u);
    uint start = row * push.stride + number % perRow * push.stretch;
    float low = 0.0;
    float high = 0.0;
    for (uint quad = lane; quad < push.stretch; quad += T) {
        low = min(low, -highestOf(-x[start + quad]));
        high = max(high, highestOf(x[start + quad]));
    }
    low = -highestOverLanes(-low, T);
    high = highestOverLanes(high, T);
    if (!valid || high - low < LEAST_RANGE) // an infinite one gives NaN, as it should
        return;
    for (uint quad = lane; quad < push.stretch; quad += T)
        x[start + quad] = quantized(x[start + quad], low, high);
}

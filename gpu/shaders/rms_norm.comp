#version 450
// SPDX-License-Identifier: GPL-3.0-or-later
// x / sqrt(mean(x²) + epsilon) · weight; T lanes share a row.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
INPUT_F4(0, x);
INPUT_F4(1, weight);
OUTPUT_F4(2, result);
CONTROL(3);
PUSH(NormPush);

layout(constant_id = 1) const uint T = 8u;

void main()
{
    uint lane = laneIndex() % T;
    uint token = gl_WorkGroupID.x * (gl_WorkGroupSize.x / T) + laneIndex() / T;
    bool valid = token < control.count;
    uint start = min(token, control.count - 1u) * push.stride;
    float sum = 0.0;
    for (uint quad = lane; quad < push.stride; quad += T) {
        vec4 v = F4(x, start + quad);
        sum += dot(v, v);
    }
    sum = sumOverLanes(sum, T);
    float factor = 1.0 / sqrt(sum * push.inverseWidth + push.epsilon);
    if (!valid)
        return;
    for (uint quad = lane; quad < push.stride; quad += T)
        result[start + quad] = F4(x, start + quad) * factor * F4(weight, quad);
}

#version 450
// SPDX-License-Identifier: GPL-3.0-or-later
// x / max(sqrt(sum x²), 1e-12): rows of length 1; T lanes share a row.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
INPUT_F4(0, x);
OUTPUT_F4(1, result);
CONTROL(2);
PUSH(ElementwisePush);

layout(constant_id = 1) const uint T = 8u;

void main()
{
    uint lane = laneIndex() % T;
    uint row = gl_WorkGroupID.x * (gl_WorkGroupSize.x / T) + laneIndex() / T;
    bool valid = row < control.count;
    uint start = min(row, control.count - 1u) * push.stride;
    float sum = 0.0;
    for (uint quad = lane; quad < push.stride; quad += T)
        sum += dot(F4(x, start + quad), F4(x, start + quad));
    float factor = 1.0 / max(sqrt(sumOverLanes(sum, T)), 1.0e-12);
    if (!valid)
        return;
    for (uint quad = lane; quad < push.stride; quad += T)
        result[start + quad] = F4(x, start + quad) * factor;
}

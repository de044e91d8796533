#version 450
// SPDX-License-Identifier: GPL-3.0-or-later
// One row of each text: its first, or the mean over its positions.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
INPUT_F4(0, x);
INPUT_U2(1, spans); // of a text: its first row, and the one behind its last
OUTPUT_F4(2, result);
CONTROL(3);
PUSH(ElementwisePush);

layout(constant_id = 1) const uint MEAN = 0u;

void main()
{
    uint quad = gl_GlobalInvocationID.x;
    uint text = gl_WorkGroupID.y;
    if (quad >= push.stride || text >= control.count)
        return;
    uvec2 span = U2(spans, text);
    uint end = MEAN != 0u ? span.y : span.x + 1u;
    vec4 sum = vec4(0.0);
    for (uint row = span.x; row < end; ++row)
        sum += F4(x, row * push.stride + quad);
    result[text * push.stride + quad] = sum / float(end - span.x);
}

#version 450
// SPDX-License-Identifier: GPL-3.0-or-later
// max(x, 0), element by element.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
INPUT_F4(0, x);
OUTPUT_F4(1, result);
CONTROL(2);
PUSH(ElementwisePush);

void main()
{
    uint quad = gl_GlobalInvocationID.x;
    uint token = gl_WorkGroupID.y;
    if (quad >= push.stride || token >= control.count)
        return;
    uint at = token * push.stride + quad;
    vec4 v = F4(x, at);
    precise vec4 positive = mix(v, vec4(0.0), lessThan(v, vec4(0.0))); // NaN stays
    result[at] = positive;
}

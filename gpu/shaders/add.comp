#version 450
// SPDX-License-Identifier: GPL-3.0-or-later
// a + b, element by element.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
INPUT_F4(0, a);
INPUT_F4(1, b);
OUTPUT_F4(2, result);
CONTROL(3);
PUSH(ElementwisePush);

void main()
{
    uint quad = gl_GlobalInvocationID.x;
    uint token = gl_WorkGroupID.y;
    if (quad >= push.stride || token >= control.count)
        return;
    uint at = token * push.stride + quad;
    result[at] = F4(a, at) + F4(b, at);
}

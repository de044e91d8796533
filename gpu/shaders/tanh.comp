#version 450
// SPDX-License-Identifier: GPL-3.0-or-later
// tanh(x), element by element.
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
    // Beyond 20 it is 1 in single precision; some drivers' tanh is no number there.
    result[at] = tanh(limited(F4(x, at), -20.0, 20.0));
}

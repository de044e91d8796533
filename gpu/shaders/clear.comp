#version 450
// SPDX-License-Identifier: GPL-3.0-or-later
// A replaced state is zero where a text begins.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
OUTPUT_F4(0, state);
CONTROL(1);
PUSH(ElementwisePush);

void main()
{
    uint quad = gl_GlobalInvocationID.x;
    if (quad < push.stride && control.position == 0u)
        state[quad] = vec4(0.0);
}

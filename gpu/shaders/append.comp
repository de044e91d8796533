#version 450
// SPDX-License-Identifier: GPL-3.0-or-later
// Appends rows of keys and values to their states.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
INPUT_F4(0, key);
INPUT_F4(1, value);
OUTPUT_F4(2, keys);
OUTPUT_F4(3, values);
CONTROL(4);
PUSH(AppendPush);

void main()
{
    uint quad = gl_GlobalInvocationID.x;
    uint token = gl_WorkGroupID.y;
    if (quad >= push.stride || token >= control.count)
        return;
    uint from = token * push.stride + quad;
    uint to = (control.position + token) * push.stride + quad;
    keys[to] = F4(key, from);
    values[to] = F4(value, from);
}

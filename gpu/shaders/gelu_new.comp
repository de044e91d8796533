#version 450
// SPDX-License-Identifier: GPL-3.0-or-later
// x · (1 + tanh(√(2/π) · (x + 0.044715 x³))) / 2, element by element.
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
    vec4 inner = 0.7978845608 * (v + 0.044715 * v * v * v);
    // (1 + tanh u) / 2 = 1 / (1 + exp(−2u)); tanh itself overflows on some drivers.
    result[at] = v / (1.0 + exp(-2.0 * clamp(inner, -40.0, 40.0)));
}

#version 450
// SPDX-License-Identifier: GPL-3.0-or-later
// x · Φ(x), element by element.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
INPUT_F4(0, x);
OUTPUT_F4(1, result);
CONTROL(2);
PUSH(ElementwisePush);

// Error function to 1.5e-7 (Abramowitz and Stegun, 7.1.26).
vec4 errorFunction(vec4 v)
{
    vec4 t = 1.0 / (1.0 + 0.3275911 * abs(v));
    vec4 polynomial =
        t * (0.254829592 +
             t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
    return sign(v) * (1.0 - polynomial * exp(-v * v));
}

void main()
{
    uint quad = gl_GlobalInvocationID.x;
    uint token = gl_WorkGroupID.y;
    if (quad >= push.stride || token >= control.count)
        return;
    uint at = token * push.stride + quad;
    vec4 v = F4(x, at);
    result[at] = 0.5 * v * (1.0 + errorFunction(v * 0.7071067812));
}

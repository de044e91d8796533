#version 450
// SPDX-License-Identifier: GPL-3.0-or-later
// Reads a buffer in strides, as the matrix kernels do; timed in both variants at start-up.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
INPUT_U4(0, data);
OUTPUT_F1(1, result);
PUSH(ProbePush);

void main()
{
    uvec4 sum = uvec4(0u);
    for (uint i = 0u; i < push.count; ++i)
        sum += U4(data, gl_GlobalInvocationID.x * push.count + i);
    result[gl_GlobalInvocationID.x] = float(sum.x + sum.y + sum.z + sum.w);
}

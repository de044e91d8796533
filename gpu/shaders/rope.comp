#version 450
// SPDX-License-Identifier: GPL-3.0-or-later
// Rotates pairs (i, i + headSize/2) of each head by angles whose cosine and sine the host computed
// in double for the positions of this run.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
INPUT_F1(0, x);
INPUT_F2(1, turns);
OUTPUT_F1(2, y);
CONTROL(3);
PUSH(RopePush);

void main()
{
    uint token = gl_WorkGroupID.y;
    if (token >= control.count)
        return;
    uint index = gl_GlobalInvocationID.x;
    uint pairs = push.headSize / 2u;
    uint start = token * push.stride;
    uint width = push.heads * push.headSize;
    if (index < push.heads * pairs) {
        uint pair = index % pairs;
        uint low = start + (index / pairs) * push.headSize + pair;
        vec2 turn = F2(turns, push.tableOffset + token * pairs + pair);
        float a = F1(x, low);
        float b = F1(x, low + pairs);
        y[low] = a * turn.x - b * turn.y;
        y[low + pairs] = b * turn.x + a * turn.y;
    }
    if (index < push.stride - width)
        y[start + width + index] = 0.0;
}

#version 450
// SPDX-License-Identifier: GPL-3.0-or-later
// (x − mean(x)) / sqrt(variance(x) + epsilon) · weight + bias; T lanes share a row.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
INPUT_F4(0, x);
INPUT_F4(1, weight);
INPUT_F4(2, bias);
OUTPUT_F4(3, result);
CONTROL(4);
PUSH(LayerNormPush);

layout(constant_id = 1) const uint T = 8u;

void main()
{
    uint lane = laneIndex() % T;
    uint token = gl_WorkGroupID.x * (gl_WorkGroupSize.x / T) + laneIndex() / T;
    bool valid = token < control.count;
    uint start = min(token, control.count - 1u) * push.stride;
    float inverseWidth = 1.0 / float(push.width);
    float sum = 0.0;
    for (uint quad = lane; quad < push.stride; quad += T)
        sum += dot(F4(x, start + quad), vec4(1.0)); // the padding is zero
    float mean = sumOverLanes(sum, T) * inverseWidth;
    float squares = 0.0;
    for (uint quad = lane; quad < push.stride; quad += T) {
        uvec4 column = 4u * quad + uvec4(0u, 1u, 2u, 3u);
        vec4 v = mix(vec4(0.0), F4(x, start + quad) - mean, lessThan(column, uvec4(push.width)));
        squares += dot(v, v);
    }
    float factor = 1.0 / sqrt(sumOverLanes(squares, T) * inverseWidth + push.epsilon);
    if (!valid)
        return;
    for (uint quad = lane; quad < push.stride; quad += T)
        result[start + quad] =
            (F4(x, start + quad) - mean) * factor * F4(weight, quad) + F4(bias, quad);
}

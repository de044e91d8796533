#version 450
// SPDX-License-Identifier: GPL-3.0-or-later
// Causal attention over the states with an online softmax. T lanes share a (token, head) and take
// every T-th block of keys; their partial softmaxes are merged at the end.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
INPUT_F4(0, query);
INPUT_F4(1, keys);
INPUT_F4(2, values);
OUTPUT_F4(3, result);
CONTROL(4);
PUSH(AttentionPush);

layout(constant_id = 1) const uint T = 1u;
layout(constant_id = 2) const uint QUADS = 8u; // of a head
const uint B = 4u;                             // keys of a block
const float kLowest = -3.0e38;

float highestOverLanes(float value, uint lanes)
{
    if (lanes > 1u)
        value = max(value, subgroupShuffleXor(value, 1u));
    if (lanes > 2u)
        value = max(value, subgroupShuffleXor(value, 2u));
    if (lanes > 4u)
        value = max(value, subgroupShuffleXor(value, 4u));
    return value;
}

void main()
{
    uint lane = laneIndex() % T;
    uint lanes = gl_WorkGroupSize.x / T;
    uint workgroup = gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x;
    uint index = workgroup * lanes + laneIndex() / T;
    uint head = index / push.tokens;
    uint token = index % push.tokens;
    bool valid = head < push.heads && token < control.count;
    head = min(head, push.heads - 1u);
    token = min(token, control.count - 1u);
    uint last = control.position + token; // newest key this token may see
    uint stateHead = (head / push.headsPerState) * QUADS;

    vec4 q[QUADS];
    vec4 sum[QUADS];
    [[unroll]] for (uint d = 0u; d < QUADS; ++d) {
        q[d] = F4(query, token * push.inputStride + head * QUADS + d) * push.scale;
        sum[d] = vec4(0.0);
    }
    float highest = kLowest;
    float weightSum = 0.0;
    for (uint key = lane * B; key <= last; key += T * B) {
        vec4 score = vec4(0.0);
        uvec4 at = min(key + uvec4(0u, 1u, 2u, 3u), uvec4(last)) * push.stateStride + stateHead;
        [[unroll]] for (uint d = 0u; d < QUADS; ++d)
            score += vec4(dot(q[d], F4(keys, at.x + d)), dot(q[d], F4(keys, at.y + d)),
                          dot(q[d], F4(keys, at.z + d)), dot(q[d], F4(keys, at.w + d)));
        bvec4 seen = lessThanEqual(key + uvec4(0u, 1u, 2u, 3u), uvec4(last));
        score = mix(vec4(kLowest), score, seen);
        float top = max(highest, max(max(score.x, score.y), max(score.z, score.w)));
        vec4 weight = mix(vec4(0.0), exp(score - top), seen);
        float fade = exp(highest - top);
        highest = top;
        weightSum = weightSum * fade + dot(weight, vec4(1.0));
        [[unroll]] for (uint d = 0u; d < QUADS; ++d)
            sum[d] = sum[d] * fade + weight.x * F4(values, at.x + d) +
                     weight.y * F4(values, at.y + d) + weight.z * F4(values, at.z + d) +
                     weight.w * F4(values, at.w + d);
    }
    if (T > 1u) {
        float top = highestOverLanes(highest, T);
        float fade = exp(highest - top);
        weightSum = sumOverLanes(weightSum * fade, T);
        [[unroll]] for (uint d = 0u; d < QUADS; ++d)
            sum[d] = vec4(sumOverLanes(sum[d].x * fade, T), sumOverLanes(sum[d].y * fade, T),
                          sumOverLanes(sum[d].z * fade, T), sumOverLanes(sum[d].w * fade, T));
    }
    if (!valid || lane != 0u)
        return;
    uint start = token * push.outputStride;
    [[unroll]] for (uint d = 0u; d < QUADS; ++d)
        result[start + head * QUADS + d] = sum[d] / weightSum;
    if (head == 0u)
        for (uint pad = push.heads * QUADS; pad < push.outputStride; ++pad)
            result[start + pad] = vec4(0.0);
}

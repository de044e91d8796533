#version 450
// SPDX-License-Identifier: GPL-3.0-or-later
// Attention with an online softmax: causal over the states, or among all positions of a text. T lanes share a (token, head) and take
// every T-th block of keys; their partial softmaxes are merged at the end. A lane answers for N
// neighbouring tokens, so that a key once read serves them all.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
INPUT_F4(0, query);
INPUT_F4(1, keys);
INPUT_F4(2, values);
OUTPUT_F4(3, result);
CONTROL(4);
INPUT_U2(5, spans); // of a row: where its text begins and ends
PUSH(AttentionPush);

layout(constant_id = 1) const uint T = 1u;
layout(constant_id = 2) const uint QUADS = 8u; // of a head
layout(constant_id = 3) const uint N = 1u;
layout(constant_id = 4) const uint WHOLE = 0u; // 1: all of the row's text
const uint B = 4u; // keys of a block
const float kLowest = -3.0e38;

void main()
{
    uint lane = laneIndex() % T;
    uint lanes = gl_WorkGroupSize.x / T;
    uint workgroup = gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x;
    uint index = workgroup * lanes + laneIndex() / T;
    uint tiles = (push.tokens + N - 1u) / N;
    uint ownHead = index / tiles;
    uint firstToken = (index % tiles) * N;
    uint head = min(ownHead, push.heads - 1u);
    uint stateHead = (head / push.headsPerState) * QUADS;

    vec4 q[N * QUADS];
    vec4 sum[N * QUADS];
    uint first[N]; // oldest key a token may see
    uint last[N];  // newest
    float highest[N];
    float weightSum[N];
    [[unroll]] for (uint n = 0u; n < N; ++n) {
        uint token = min(firstToken + n, control.count - 1u);
        uvec2 span = WHOLE != 0u ? U2(spans, token) : uvec2(0u, control.position + token + 1u);
        first[n] = span.x;
        last[n] = span.y - 1u;
        highest[n] = kLowest;
        weightSum[n] = 0.0;
        [[unroll]] for (uint d = 0u; d < QUADS; ++d) {
            q[n * QUADS + d] =
                F4(query, token * push.inputStride + head * QUADS + d) * push.scale;
            sum[n * QUADS + d] = vec4(0.0);
        }
    }
    uint newest = last[N - 1u];
    for (uint key = first[0] + lane * B; key <= newest; key += T * B) {
        uvec4 keyOf = key + uvec4(0u, 1u, 2u, 3u);
        uvec4 at = min(keyOf, uvec4(newest)) * push.stateStride + stateHead;
        vec4 score[N];
        [[unroll]] for (uint n = 0u; n < N; ++n)
            score[n] = vec4(0.0);
        [[unroll]] for (uint d = 0u; d < QUADS; ++d) {
            vec4 k0 = F4(keys, at.x + d);
            vec4 k1 = F4(keys, at.y + d);
            vec4 k2 = F4(keys, at.z + d);
            vec4 k3 = F4(keys, at.w + d);
            [[unroll]] for (uint n = 0u; n < N; ++n) {
                vec4 a = q[n * QUADS + d];
                score[n] += vec4(dot(a, k0), dot(a, k1), dot(a, k2), dot(a, k3));
            }
        }
        vec4 weight[N];
        float fade[N];
        [[unroll]] for (uint n = 0u; n < N; ++n) {
            bvec4 seen = lessThanEqual(keyOf, uvec4(last[n]));
            if (WHOLE != 0u)
                seen = bvec4(uvec4(seen) * uvec4(greaterThanEqual(keyOf, uvec4(first[n]))));
            vec4 s = mix(vec4(kLowest), score[n], seen);
            float top = max(highest[n], max(max(s.x, s.y), max(s.z, s.w)));
            weight[n] = mix(vec4(0.0), exp(s - top), seen);
            fade[n] = exp(highest[n] - top);
            highest[n] = top;
            weightSum[n] = weightSum[n] * fade[n] + dot(weight[n], vec4(1.0));
        }
        [[unroll]] for (uint d = 0u; d < QUADS; ++d) {
            vec4 v0 = F4(values, at.x + d);
            vec4 v1 = F4(values, at.y + d);
            vec4 v2 = F4(values, at.z + d);
            vec4 v3 = F4(values, at.w + d);
            [[unroll]] for (uint n = 0u; n < N; ++n)
                sum[n * QUADS + d] = sum[n * QUADS + d] * fade[n] + weight[n].x * v0 +
                                     weight[n].y * v1 + weight[n].z * v2 + weight[n].w * v3;
        }
    }
    [[unroll]] for (uint n = 0u; n < N; ++n) {
        float share = 1.0;
        if (T > 1u) {
            share = exp(highest[n] - highestOverLanes(highest[n], T));
            weightSum[n] = sumOverLanes(weightSum[n] * share, T);
        }
        uint token = firstToken + n;
        bool writes = lane == 0u && ownHead < push.heads && token < control.count;
        uint start = token * push.outputStride;
        [[unroll]] for (uint d = 0u; d < QUADS; ++d) {
            vec4 s = sum[n * QUADS + d];
            if (T > 1u)
                s = vec4(sumOverLanes(s.x * share, T), sumOverLanes(s.y * share, T),
                         sumOverLanes(s.z * share, T), sumOverLanes(s.w * share, T));
            if (writes)
                result[start + head * QUADS + d] = s / weightSum[n];
        }
        if (writes && head == 0u)
            for (uint pad = push.heads * QUADS; pad < push.outputStride; ++pad)
                result[start + pad] = vec4(0.0);
    }
}

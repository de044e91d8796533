// SPDX-License-Identifier: GPL-3.0-or-later
// Reading memory in two ways: TEXEL through uniform texel buffers, STORAGE through storage buffers.
// Which one is faster differs by a factor of 10 between devices.
// Loops over registers must be unrolled, or drivers put the registers into memory.
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require
#include "structs.h"

#ifdef TEXEL
#define INPUT_U1(b, n) layout(set = 0, binding = b) uniform utextureBuffer n
#define INPUT_U2(b, n) layout(set = 0, binding = b) uniform utextureBuffer n
#define INPUT_U4(b, n) layout(set = 0, binding = b) uniform utextureBuffer n
#define INPUT_F1(b, n) layout(set = 0, binding = b) uniform textureBuffer n
#define INPUT_F2(b, n) layout(set = 0, binding = b) uniform textureBuffer n
#define INPUT_F4(b, n) layout(set = 0, binding = b) uniform textureBuffer n
#define U1(n, i) texelFetch(n, int(i)).x
#define U2(n, i) texelFetch(n, int(i)).xy
#define U4(n, i) texelFetch(n, int(i))
#define F1(n, i) texelFetch(n, int(i)).x
#define F2(n, i) texelFetch(n, int(i)).xy
#define F4(n, i) texelFetch(n, int(i))
#else
#define STORED(b, type, n) \
    layout(std430, set = 0, binding = b) readonly buffer n##Block { type n[]; }
#define INPUT_U1(b, n) STORED(b, uint, n)
#define INPUT_U2(b, n) STORED(b, uvec2, n)
#define INPUT_U4(b, n) STORED(b, uvec4, n)
#define INPUT_F1(b, n) STORED(b, float, n)
#define INPUT_F2(b, n) STORED(b, vec2, n)
#define INPUT_F4(b, n) STORED(b, vec4, n)
#define U1(n, i) n[i]
#define U2(n, i) n[i]
#define U4(n, i) n[i]
#define F1(n, i) n[i]
#define F2(n, i) n[i]
#define F4(n, i) n[i]
#endif

#define OUTPUT_F1(b, n) \
    layout(std430, set = 0, binding = b) writeonly buffer n##Block { float n[]; }
#define STATE_F1(b, n) layout(std430, set = 0, binding = b) buffer n##Block { float n[]; }
#define OUTPUT_F4(b, n) \
    layout(std430, set = 0, binding = b) writeonly buffer n##Block { vec4 n[]; }
#define STATE_F4(b, n) layout(std430, set = 0, binding = b) buffer n##Block { vec4 n[]; }
#define CONTROL(b) layout(std140, set = 0, binding = b) uniform ControlBlock { Control control; }
#define PUSH(type) layout(push_constant, std430) uniform PushBlock { type push; }

// Specialisation constant 0 is the workgroup's size.
layout(local_size_x_id = 0) in;

// Lanes of a workgroup in subgroup order, so that neighbours can shuffle.
uint laneIndex() { return gl_SubgroupID * gl_SubgroupSize + gl_SubgroupInvocationID; }

// sum + a · b. Written out: drivers that see `dot` may not fuse.
float accumulate(vec4 a, vec4 b, float sum)
{
    return fma(a.x, b.x, fma(a.y, b.y, fma(a.z, b.z, fma(a.w, b.w, sum))));
}

// clamp(x, low, high) that leaves NaN what it is: of clamp, min and max drivers may get a number,
// and nobody would notice.
vec4 limited(vec4 x, float low, float high)
{
    precise vec4 below = mix(x, vec4(high), greaterThan(x, vec4(high)));
    precise vec4 between = mix(below, vec4(low), lessThan(below, vec4(low)));
    return between;
}

// Sum of `value` over neighbouring lanes, 1, 2, 4 or 8 of them, known at compile time. No loop:
// loops around shuffles keep drivers from holding arrays in registers.
float sumOverLanes(float value, uint lanes)
{
    if (lanes > 1u)
        value += subgroupShuffleXor(value, 1u);
    if (lanes > 2u)
        value += subgroupShuffleXor(value, 2u);
    if (lanes > 4u)
        value += subgroupShuffleXor(value, 4u);
    return value;
}

// The highest of `value`, likewise.
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

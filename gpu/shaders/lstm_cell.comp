#version 450
// SPDX-License-Identifier: GPL-3.0-or-later
// One step of a long short-term memory: a lane has four cells. The products of the hidden state
// lie gate below gate.
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
INPUT_F4(0, inputGate);
INPUT_F4(1, forgetGate);
INPUT_F4(2, candidate);
INPUT_F4(3, outputGate);
INPUT_F4(4, products);
STATE_F4(5, cells);
OUTPUT_F4(6, hidden);
OUTPUT_F4(7, result);
CONTROL(8);
PUSH(LstmPush);

// Beyond the bounds it is 0 or 1 in single precision anyway; exp must not overflow.
vec4 sigmoid(vec4 x) { return 1.0 / (1.0 + exp(-limited(x, -80.0, 80.0))); }

// tanh itself overflows on some drivers.
vec4 hyperbolicTangent(vec4 x) { return 2.0 * sigmoid(2.0 * x) - 1.0; }

void main()
{
    uint quad = gl_GlobalInvocationID.x;
    if (quad >= push.stride || push.token >= control.count)
        return;
    uint at = push.token * push.stride + quad;
    vec4 i = sigmoid(F4(inputGate, at) + F4(products, quad));
    vec4 f = sigmoid(F4(forgetGate, at) + F4(products, push.gateStride + quad));
    vec4 g = hyperbolicTangent(F4(candidate, at) + F4(products, 2u * push.gateStride + quad));
    vec4 o = sigmoid(F4(outputGate, at) + F4(products, 3u * push.gateStride + quad));
    vec4 c = f * cells[quad] + i * g;
    vec4 h = o * hyperbolicTangent(c);
    cells[quad] = c;
    hidden[quad] = h;
    result[at] = h;
}

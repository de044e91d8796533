// SPDX-License-Identifier: GPL-3.0-or-later
// What C++ and the shaders agree on: push constants and the control block. Four-byte members only,
// so that both languages lay them out alike.
#ifndef BITLOOM_SHADER_STRUCTS
#define BITLOOM_SHADER_STRUCTS

#ifdef __cplusplus
#include <cstdint>
namespace bitloom::shader {
using uint = uint32_t;
#endif

// Written by the host before each submit.
struct Control {
    uint position; // rows already in the sequence
    uint count;    // tokens of this run; the recording may have room for more
};

// One slab of a weight matrix in the planar layout (gpu/kernels/planar.h).
struct Weights {
    uint rows;
    uint columns;
    uint units;      // per row: groups of 32 codes, or quads of plain numbers
    uint groups;     // parameter groups per row
    uint groupShift; // 32-code group g has parameters g >> groupShift
    uint blocks;     // half-precision parameter blocks per row
    uint blockShift; // parameter group g lies in block g >> blockShift
    uint offset;     // zero point of every group without a stored one
    uint fields;     // see kScaleWidth... below
    uint entryBits;  // size of a group's entry in `sub`: 0, 4, 8, 16 or 32
    uint firstRow;   // of the slab within the matrix
    uint bits;       // of a code; 16: half, 17: bfloat, 32: float
};

struct EmbedPush {
    Weights weights;
    uint stride; // of an output row, quads
};

struct LinearPush {
    Weights weights;
    uint inputStride;  // quads
    uint outputStride; // floats
    uint zeroRows;     // padding rows to clear behind the slab's
    uint lastOnly;     // 1: only the run's last token, written as row 0
};

struct NormPush {
    uint stride; // quads
    float inverseWidth;
    float epsilon;
};

struct LayerNormPush {
    uint stride; // quads
    uint width;  // floats that are not padding
    float epsilon;
};

struct RopePush {
    uint stride; // floats
    uint heads;
    uint headSize;
    uint tableOffset; // of the table's first angle, in pairs
};

struct AppendPush {
    uint stride; // quads
};

struct AttentionPush {
    uint inputStride;  // of q, quads
    uint stateStride;  // of k and v, quads
    uint outputStride; // quads
    uint heads;
    uint headsPerState; // query heads that share a key/value head
    uint tokens;        // room of the recording
    float scale;
};

struct ElementwisePush {
    uint stride; // quads
};

struct FakeQuantizePush {
    uint stride;  // quads
    uint stretch; // quads that share a scale
    float top;    // highest code
    uint first;   // position of the first row that lies there
    uint rows;    // how many lie there at most
};

struct LstmPush {
    uint stride;     // of an input row and of the states, quads
    uint gateStride; // of a gate's products, quads
    uint token;
};

struct ProbePush {
    uint count; // of uvec4 to read
};

// Weights::fields: widths in bits of the parts of a group's entry, 0, 4 (unsigned) or 8 (scale and
// bias signed, zero point unsigned), then flags.
#define BITLOOM_SCALE_WIDTH(f) ((f)&15u)
#define BITLOOM_BIAS_WIDTH(f) (((f) >> 4) & 15u)
#define BITLOOM_ZERO_WIDTH(f) (((f) >> 8) & 15u)
#define BITLOOM_HAS_BIAS 0x1000u
#define BITLOOM_NEGATIVE_BIAS 0x2000u

// Weights::groupShift where a unit of 32 has two groups.
#define BITLOOM_GROUPS_OF_16 32u

// Levels of a codebook, at most: constants of a kernel.
#define BITLOOM_MOST_LEVELS 16u

// What a product is added to.
#define BITLOOM_ONTO_NOTHING 0u
#define BITLOOM_ONTO_BIAS 1u
#define BITLOOM_ONTO_OUTPUT 2u

#define BITLOOM_HALF 16u
#define BITLOOM_BFLOAT 17u
#define BITLOOM_FLOAT 32u

#ifdef __cplusplus
static_assert(sizeof(Control) == 8);
static_assert(sizeof(Weights) == 48);
static_assert(sizeof(LinearPush) == 64);
static_assert(sizeof(AttentionPush) == 28);
} // namespace bitloom::shader
#endif

#endif

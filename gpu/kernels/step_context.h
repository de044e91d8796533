// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gpu/kernels/recording.h"
#include "gpu/kernels/run_inputs.h"
#include "gpu/kernels/weights.h"

#include <functional>

namespace bitloom {

/// How kernels are shaped on a device.
struct Tuning {
    uint32_t matrixGroup = 64;      ///< lanes of a workgroup: matrices
    uint32_t group = 64;            ///< other kernels
    uint32_t lanesPerRow = 8;       ///< lanes that share a row of a matrix
    uint32_t tileRows = 4;          ///< of a lane's tile in registers
    uint32_t tileTokens = 8;        ///< of the same
    uint32_t lanesPerHead = 8;      ///< lanes that share a head: one token
    uint32_t lanesPerManyHeads = 8; ///< the same: many tokens
    uint32_t headTokens = 1;        ///< tokens a lane attends for: many tokens
};
Tuning tuningFor(const Device& device, const VulkanOptions& options);

/// Which rows of the output a recording computes.
enum class OutputRows { None, Last, All };

/// What a step is recorded into and from.
struct StepContext {
    const Graph& graph;
    const Program& program;
    const DeviceWeights& weights;
    Pipelines& pipelines;
    Recording& recording;
    Tuning tuning;
    uint32_t tokens = 1; ///< room of the recording
    OutputRows rows = OutputRows::All;
    RunInputs inputs;
    Region control;                          ///< how many rows the step's values have
    std::function<Region(int)> value;        ///< region of a graph value
    std::function<const Region&(int)> state; ///< region of a graph state
    Region scratch = {};                     ///< of the step being recorded alone
    /// Of what the step gives; null: as it comes
    const ActivationScheme* activationScheme = nullptr;
};

constexpr uint32_t kQuad = 4;

uint32_t ceilDivide(uint32_t a, uint32_t b);
/// Spreads `count` workgroups over x and y.
Groups spread(uint32_t count, const Device& device);
/// A lane for each of `lanes` in x, a token in y.
Groups perToken(const StepContext& context, uint32_t lanes);
/// With the number of rows that a value has.
StepContext forRowsOf(const StepContext& context, int value);
/// Width of a graph value; as its rows lie in memory, floats.
int64_t widthOf(const StepContext& context, int value);
uint32_t strideOf(const StepContext& context, int value);
/// Multiply-adds of a recording, by those of a token.
double workOf(const StepContext& context, double perToken);

} // namespace bitloom

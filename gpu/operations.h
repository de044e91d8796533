// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gpu/recording.h"
#include "gpu/run_inputs.h"
#include "gpu/weights.h"

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
};

/// Records one step. Error when the table has no such operation or its shape does not fit.
void recordStep(const StepContext& context, const Step& step);

/// Records y = W x, or W x + `bias`, for all tokens: `outputWidth` unpadded.
void recordLinear(const StepContext& context, const DeviceSlot& slot, const Region& input,
                  int64_t inputWidth, const Region& output, int64_t outputWidth, bool lastOnly,
                  const Region* bias = nullptr);

} // namespace bitloom

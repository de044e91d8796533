// SPDX-License-Identifier: GPL-3.0-or-later
#include "gpu/kernels/step_context.h"

#include <algorithm>

namespace bitloom {

Tuning tuningFor(const Device& device, const VulkanOptions& options)
{
    Tuning tuning;
    if (device.limits().isCpu) {
        tuning.matrixGroup = device.limits().subgroup;
        tuning.lanesPerRow = 1;
        tuning.lanesPerManyHeads = 1;
        tuning.tileRows = 8; // larger tiles run a fifth faster, but compile for seconds
        tuning.tileTokens = 8;
        tuning.headTokens = 2;
    }
    if (options.lanesPerRow > 0)
        tuning.lanesPerRow = static_cast<uint32_t>(options.lanesPerRow);
    return tuning;
}

uint32_t ceilDivide(uint32_t a, uint32_t b)
{
    return (a + b - 1) / b;
}

Groups spread(uint32_t count, const Device& device)
{
    const uint32_t most = std::min(device.limits().groupCount, 65535U);
    const uint32_t y = ceilDivide(count, most);
    return {ceilDivide(count, y), y, 1};
}

int64_t widthOf(const StepContext& context, int value)
{
    return context.graph.value(value).width;
}

uint32_t strideOf(const StepContext& context, int value)
{
    return static_cast<uint32_t>(paddedWidth(widthOf(context, value)));
}

StepContext forRowsOf(const StepContext& context, int value)
{
    StepContext rows = context;
    if (context.graph.value(value).perText)
        rows.control = context.inputs.textControl;
    return rows;
}

double workOf(const StepContext& context, double perToken)
{
    return perToken * context.tokens;
}

Groups perToken(const StepContext& context, uint32_t lanes)
{
    return {ceilDivide(lanes, context.tuning.group), context.tokens, 1};
}

} // namespace bitloom

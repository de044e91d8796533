// SPDX-License-Identifier: GPL-3.0-or-later
#include "gpu/kernels/rounding.h"

namespace bitloom {

void recordRounding(const StepContext& context, int value, const ActivationScheme& scheme)
{
    recordRounding(context, {context.value(value), 0, context.tokens}, value, scheme);
}

void recordRounding(const StepContext& context, const RoundedRows& rounded, int value,
                    const ActivationScheme& scheme)
{
    constexpr uint32_t kLanesPerStretch = 8;
    const uint32_t quads = strideOf(context, value) / kQuad;
    const uint32_t stretch = scheme.group > 0 ? static_cast<uint32_t>(scheme.group) / kQuad : quads;
    const shader::RoundPush push = {quads, stretch, static_cast<float>(scheme.highestCode()),
                                    rounded.first, rounded.rows};
    const uint32_t group = context.tuning.matrixGroup;
    const uint32_t lanes = rounded.rows * (quads / stretch) * kLanesPerStretch;
    context.recording.dispatch(
        context.pipelines.get("round", {group, kLanesPerStretch, scheme.symmetric ? 1U : 0U}),
        {rounded.region, forRowsOf(context, value).control}, Push::of(push),
        spread(ceilDivide(lanes, group), *context.pipelines.device()),
        quads * 4.0 * kQuad * rounded.rows);
}

} // namespace bitloom

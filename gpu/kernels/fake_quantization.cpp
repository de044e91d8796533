// SPDX-License-Identifier: GPL-3.0-or-later
#include "gpu/kernels/fake_quantization.h"

namespace bitloom {

void recordFakeQuantization(const StepContext& context, int value, const ActivationScheme& scheme)
{
    recordFakeQuantization(context, {context.value(value), 0, context.tokens}, value, scheme);
}

void recordFakeQuantization(const StepContext& context, const ActivationRows& quantized, int value,
                            const ActivationScheme& scheme)
{
    constexpr uint32_t kLanesPerStretch = 8;
    const uint32_t quads = strideOf(context, value) / kQuad;
    const uint32_t stretch = scheme.group > 0 ? static_cast<uint32_t>(scheme.group) / kQuad : quads;
    const shader::FakeQuantizePush push = {quads, stretch, static_cast<float>(scheme.highestCode()),
                                           quantized.first, quantized.rows};
    const uint32_t group = context.tuning.matrixGroup;
    const uint32_t lanes = quantized.rows * (quads / stretch) * kLanesPerStretch;
    context.recording.dispatch(context.pipelines.get("fake_quantize", {group, kLanesPerStretch,
                                                                       scheme.symmetric ? 1U : 0U}),
                               {quantized.region, forRowsOf(context, value).control},
                               Push::of(push),
                               spread(ceilDivide(lanes, group), *context.pipelines.device()),
                               quads * 4.0 * kQuad * quantized.rows);
}

} // namespace bitloom

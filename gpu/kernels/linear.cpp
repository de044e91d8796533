// SPDX-License-Identifier: GPL-3.0-or-later
#include "gpu/kernels/linear.h"

namespace bitloom {

namespace {

constexpr uint32_t kVectorRows = 4; ///< R of gemv.comp

const Pipeline& matrixPipeline(const StepContext& context, const Slab& slab, bool tile,
                               uint32_t onto)
{
    const shader::Weights& w = slab.shape;
    const Tuning& tuning = context.tuning;
    const uint32_t parts = w.groupShift == BITLOOM_GROUPS_OF_16 ? 2 : 1;
    std::vector<uint32_t> constants = {tuning.matrixGroup, tuning.lanesPerRow, w.bits, parts};
    if (tile)
        constants.insert(constants.end(), {tuning.tileRows, tuning.tileTokens});
    constants.push_back(onto);
    const std::vector<uint32_t> codebook = slab.codebook();
    constants.insert(constants.end(), codebook.begin(), codebook.end());
    return context.pipelines.get(tile ? KernelNamed("gemm") : KernelNamed("gemv"), constants);
}

/// A value's region and the floats of its rows that are not padding.
struct ValueRows {
    const Region& region;
    int64_t width = 0;
};

void recordProduct(const StepContext& context, const DeviceSlot& slot, const ValueRows& input,
                   const ValueRows& output, bool lastOnly, uint32_t onto, const Region& bias)
{
    const int64_t outputWidth = output.width;
    const bool tile = context.tokens > 1 && !lastOnly;
    const uint32_t group = context.tuning.matrixGroup;
    const uint32_t rowsPerGroup =
        group / context.tuning.lanesPerRow * (tile ? context.tuning.tileRows : kVectorRows);
    for (const Slab& slab : slot.slabs) {
        const shader::Weights& w = slab.shape;
        const bool last = w.firstRow + w.rows == outputWidth;
        const auto padding = static_cast<uint32_t>(paddedWidth(outputWidth) - outputWidth);
        const shader::LinearPush push = {w, static_cast<uint32_t>(paddedWidth(input.width)) / kQuad,
                                         static_cast<uint32_t>(paddedWidth(outputWidth)),
                                         last ? padding : 0, lastOnly ? 1U : 0U};
        Groups groups =
            spread(ceilDivide(w.rows + push.zeroRows, rowsPerGroup), *context.pipelines.device());
        groups.z = tile ? ceilDivide(context.tokens, context.tuning.tileTokens) : 1;
        std::vector<Region> regions = slab.regions();
        regions.insert(regions.end(), {input.region, output.region, context.control, bias});
        context.recording.dispatch(
            matrixPipeline(context, slab, tile, onto), regions, Push::of(push), groups,
            static_cast<double>(w.rows) * w.columns * (tile ? context.tokens : 1));
    }
}

/// y += left (right x), through the scratch memory.
void recordAdded(const StepContext& context, const DeviceLowRank& added, const ValueRows& input,
                 const ValueRows& output, bool lastOnly)
{
    const int64_t rows = lastOnly ? 1 : context.tokens;
    const Region scratch = {context.scratch.buffer, context.scratch.offset,
                            rows * paddedWidth(added.rank) * kFloatBytes};
    const ValueRows middle = {scratch, added.rank};
    recordProduct(context, added.right, input, middle, lastOnly, BITLOOM_ONTO_NOTHING, {});
    StepContext second = context;
    if (lastOnly)
        second.tokens = 1; // the last token's row is the first one here
    recordProduct(second, added.left, middle, output, false, BITLOOM_ONTO_OUTPUT, {});
}

} // namespace

void recordLinear(const StepContext& context, const DeviceSlot& slot, const Region& input,
                  int64_t inputWidth, const Region& output, int64_t outputWidth, bool lastOnly,
                  const Region* bias)
{
    const ValueRows from = {input, inputWidth};
    const ValueRows to = {output, outputWidth};
    recordProduct(context, slot, from, to, lastOnly,
                  bias ? BITLOOM_ONTO_BIAS : BITLOOM_ONTO_NOTHING, bias ? *bias : Region());
    if (slot.added)
        recordAdded(context, *slot.added, from, to, lastOnly);
}

} // namespace bitloom

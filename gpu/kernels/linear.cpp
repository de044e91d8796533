// SPDX-License-Identifier: GPL-3.0-or-later
#include "gpu/kernels/linear.h"

namespace bitloom {

namespace {

constexpr uint32_t kVectorRows = 4; ///< R of gemv.comp

const Pipeline& matrixPipeline(const StepContext& context, const Slab& slab, bool tile, bool biased)
{
    const shader::Weights& w = slab.shape;
    const Tuning& tuning = context.tuning;
    const uint32_t parts = w.groupShift == BITLOOM_GROUPS_OF_16 ? 2 : 1;
    std::vector<uint32_t> constants = {tuning.matrixGroup, tuning.lanesPerRow, w.bits, parts};
    if (tile)
        constants.insert(constants.end(), {tuning.tileRows, tuning.tileTokens});
    constants.push_back(biased ? 1 : 0);
    const std::vector<uint32_t> codebook = slab.codebook();
    constants.insert(constants.end(), codebook.begin(), codebook.end());
    return context.pipelines.get(tile ? KernelNamed("gemm") : KernelNamed("gemv"), constants);
}

} // namespace

void recordLinear(const StepContext& context, const DeviceSlot& slot, const Region& input,
                  int64_t inputWidth, const Region& output, int64_t outputWidth, bool lastOnly,
                  const Region* bias)
{
    const bool tile = context.tokens > 1 && !lastOnly;
    const uint32_t group = context.tuning.matrixGroup;
    const uint32_t rowsPerGroup =
        group / context.tuning.lanesPerRow * (tile ? context.tuning.tileRows : kVectorRows);
    for (const Slab& slab : slot.slabs) {
        const shader::Weights& w = slab.shape;
        const bool last = w.firstRow + w.rows == outputWidth;
        const auto padding = static_cast<uint32_t>(paddedWidth(outputWidth) - outputWidth);
        const shader::LinearPush push = {w, static_cast<uint32_t>(paddedWidth(inputWidth)) / kQuad,
                                         static_cast<uint32_t>(paddedWidth(outputWidth)),
                                         last ? padding : 0, lastOnly ? 1U : 0U};
        Groups groups =
            spread(ceilDivide(w.rows + push.zeroRows, rowsPerGroup), *context.pipelines.device());
        groups.z = tile ? ceilDivide(context.tokens, context.tuning.tileTokens) : 1;
        std::vector<Region> regions = slab.regions();
        regions.insert(regions.end(), {input, output, context.control, bias ? *bias : Region()});
        context.recording.dispatch(
            matrixPipeline(context, slab, tile, bias != nullptr), regions, Push::of(push), groups,
            static_cast<double>(w.rows) * w.columns * (tile ? context.tokens : 1));
    }
}

} // namespace bitloom

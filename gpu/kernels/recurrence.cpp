// SPDX-License-Identifier: GPL-3.0-or-later
#include "gpu/kernels/recurrence.h"

#include "gpu/kernels/fake_quantization.h"
#include "gpu/kernels/linear.h"
#include "gpu/memory/arena.h"

namespace bitloom {

namespace {

constexpr int64_t kGates = 4;

/// Bytes of a gate's products.
int64_t gateBytes(int64_t width)
{
    return bindable(paddedWidth(width) * kFloatBytes);
}

/// U h, or U h + b, of each gate into the scratch memory.
void recordHidden(const StepContext& one, const Step& step, int64_t width)
{
    const Region& hidden = one.state(step.attributes.hiddenState);
    const int64_t bytes = gateBytes(width);
    for (int64_t gate = 0; gate < kGates; ++gate) {
        const auto at = static_cast<size_t>(gate);
        const Region products = {one.scratch.buffer, one.scratch.offset + gate * bytes, bytes};
        const Region* bias = step.slots.size() > kGates
                                 ? one.weights.slot(step.slots[kGates + at]).vector.get()
                                 : nullptr;
        recordLinear(one, one.weights.slot(step.slots[at]), hidden, width, products, width, false,
                     bias);
    }
}

void recordCell(const StepContext& context, const Step& step, uint32_t token)
{
    const uint32_t quads = strideOf(context, step.output) / kQuad;
    const int64_t bytes = gateBytes(widthOf(context, step.output));
    const shader::LstmPush push = {
        quads, static_cast<uint32_t>(bytes / static_cast<int64_t>(sizeof(float))) / kQuad, token};
    std::vector<Region> regions;
    for (const int input : step.inputs)
        regions.push_back(context.value(input));
    regions.insert(regions.end(), {{context.scratch.buffer, context.scratch.offset, kGates * bytes},
                                   context.state(step.attributes.cellState),
                                   context.state(step.attributes.hiddenState),
                                   context.value(step.output),
                                   context.control});
    const uint32_t group = context.tuning.group;
    context.recording.dispatch(context.pipelines.get("lstm_cell", {group}), regions, Push::of(push),
                               {ceilDivide(quads, group), 1, 1}, quads * 16.0);
}

} // namespace

void recordLstm(const StepContext& context, const Step& step)
{
    StepContext one = context;
    one.tokens = 1;
    for (uint32_t token = 0; token < context.tokens; ++token) {
        recordHidden(one, step, widthOf(context, step.output));
        recordCell(context, step, token);
        // what the next token sees; the rows of the output follow together
        if (context.activationScheme)
            recordFakeQuantization(context, {context.state(step.attributes.hiddenState), token, 1},
                                   step.output, *context.activationScheme);
    }
}

int64_t lstmScratch(const Graph& graph, const Step& step)
{
    return kGates * gateBytes(graph.value(step.output).width);
}

void recordBeginning(const StepContext& context)
{
    const uint32_t group = context.tuning.group;
    for (size_t i = 0; i < context.graph.states.size(); ++i) {
        const State& state = context.graph.states[i];
        if (state.kind != State::Kind::Replace)
            continue;
        const uint32_t quads = static_cast<uint32_t>(paddedWidth(state.width)) / kQuad;
        context.recording.dispatch(context.pipelines.get("clear", {group}),
                                   {context.state(static_cast<int>(i)), context.control},
                                   Push::of(shader::ElementwisePush{quads}),
                                   {ceilDivide(quads, group), 1, 1}, quads);
    }
}

} // namespace bitloom

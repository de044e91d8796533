// SPDX-License-Identifier: GPL-3.0-or-later
#include "gpu/kernels/operations.h"

#include "core/base/error.h"
#include "core/network/graph/operations.h"
#include "gpu/kernels/linear.h"
#include "gpu/kernels/recurrence.h"

#include <algorithm>
#include <string>

namespace bitloom {

namespace {

constexpr int kLargestHead = 256;

void recordEmbed(const StepContext& context, const Step& step)
{
    const uint32_t quads = strideOf(context, step.output) / kQuad;
    const LookedUpBy by = operationNamed(step.operation).lookedUpBy;
    const uint32_t onlyFirst = by == LookedUpBy::Nothing ? 1 : 0;
    const Region& numbers =
        by == LookedUpBy::Position ? context.inputs.positions : context.inputs.tokenIds;
    for (const Slab& slab : context.weights.slot(step.slots.at(0)).slabs) {
        std::vector<uint32_t> constants = {context.tuning.group, onlyFirst};
        const std::vector<uint32_t> codebook = slab.codebook();
        constants.insert(constants.end(), codebook.begin(), codebook.end());
        std::vector<Region> regions = slab.regions();
        regions.insert(regions.end(), {numbers, context.value(step.output), context.control});
        context.recording.dispatch(context.pipelines.get("embed", constants), regions,
                                   Push::of(shader::EmbedPush{slab.shape, quads}),
                                   perToken(context, quads), workOf(context, quads));
    }
}

void recordNorm(const StepContext& context, const Step& step)
{
    constexpr uint32_t kLanesPerRow = 8;
    const uint32_t quads = strideOf(context, step.output) / kQuad;
    const shader::NormPush push = {quads, 1.0F / static_cast<float>(widthOf(context, step.output)),
                                   static_cast<float>(step.attributes.epsilon)};
    const uint32_t group = context.tuning.matrixGroup;
    context.recording.dispatch(
        context.pipelines.get("rms_norm", {group, kLanesPerRow}),
        {context.value(step.inputs.at(0)), *context.weights.slot(step.slots.at(0)).vector,
         context.value(step.output), context.control},
        Push::of(push), {ceilDivide(context.tokens * kLanesPerRow, group), 1, 1},
        workOf(context, quads * 2 * kQuad));
}

void recordLayerNorm(const StepContext& context, const Step& step)
{
    constexpr uint32_t kLanesPerRow = 8;
    const uint32_t quads = strideOf(context, step.output) / kQuad;
    const shader::LayerNormPush push = {quads, static_cast<uint32_t>(widthOf(context, step.output)),
                                        static_cast<float>(step.attributes.epsilon)};
    const uint32_t group = context.tuning.matrixGroup;
    context.recording.dispatch(
        context.pipelines.get("layer_norm", {group, kLanesPerRow}),
        {context.value(step.inputs.at(0)), *context.weights.slot(step.slots.at(0)).vector,
         *context.weights.slot(step.slots.at(1)).vector, context.value(step.output),
         context.control},
        Push::of(push), {ceilDivide(context.tokens * kLanesPerRow, group), 1, 1},
        workOf(context, quads * 3 * kQuad));
}

void recordLinearStep(const StepContext& context, const Step& step)
{
    const bool lastOnly = context.rows == OutputRows::Last && step.output == context.program.output;
    const Region* bias =
        step.slots.size() > 1 ? context.weights.slot(step.slots[1]).vector.get() : nullptr;
    recordLinear(context, context.weights.slot(step.slots.at(0)), context.value(step.inputs.at(0)),
                 widthOf(context, step.inputs[0]), context.value(step.output),
                 widthOf(context, step.output), lastOnly, bias);
}

void recordRope(const StepContext& context, const Step& step)
{
    const Attributes& a = step.attributes;
    const uint32_t stride = strideOf(context, step.output);
    const auto heads = static_cast<uint32_t>(a.heads);
    const auto size = static_cast<uint32_t>(a.headSize);
    const shader::RopePush push = {
        stride, heads, size,
        static_cast<uint32_t>(turnsOffset(context.graph, a.ropeTable, context.tokens))};
    const uint32_t lanes = std::max(heads * size / 2, stride - heads * size);
    context.recording.dispatch(context.pipelines.get("rope", {context.tuning.group}),
                               {context.value(step.inputs.at(0)), context.inputs.turns,
                                context.value(step.output), context.control},
                               Push::of(push), perToken(context, lanes),
                               workOf(context, lanes * 2));
}

void recordAppend(const StepContext& context, const Step& step)
{
    const uint32_t quads = strideOf(context, step.inputs.at(1)) / kQuad;
    context.recording.dispatch(context.pipelines.get("append", {context.tuning.group}),
                               {context.value(step.inputs[1]), context.value(step.inputs[2]),
                                context.state(step.attributes.keyState),
                                context.state(step.attributes.valueState), context.control},
                               Push::of(shader::AppendPush{quads}), perToken(context, quads),
                               workOf(context, quads));
}

void recordAttend(const StepContext& context, const Step& step, const Region& keys,
                  const Region& values, bool whole)
{
    const Attributes& a = step.attributes;
    if (a.headSize % static_cast<int>(kQuad) != 0 || a.headSize > kLargestHead)
        throw Error("vulkan", "attention heads of " + std::to_string(a.headSize) +
                                  " numbers are not among those the kernels know: "
                                  "multiples of 4 up to 256");
    const auto heads = static_cast<uint32_t>(a.heads);
    const bool many = context.tokens > 1;
    const uint32_t lanes = many ? context.tuning.lanesPerManyHeads : context.tuning.lanesPerHead;
    const uint32_t tile = many ? context.tuning.headTokens : 1;
    const uint32_t group = context.tuning.matrixGroup;
    const shader::AttentionPush push = {strideOf(context, step.inputs[0]) / kQuad,
                                        strideOf(context, step.inputs[1]) / kQuad,
                                        strideOf(context, step.output) / kQuad,
                                        heads,
                                        heads / static_cast<uint32_t>(a.keyValueHeads),
                                        context.tokens,
                                        static_cast<float>(a.scale)};
    const auto quads = static_cast<uint32_t>(a.headSize) / kQuad;
    const double seen = static_cast<double>(context.graph.contextLength);
    context.recording.dispatch(
        context.pipelines.get("attention", {group, lanes, quads, tile, whole ? 1U : 0U}),
        {context.value(step.inputs[0]), keys, values, context.value(step.output), context.control,
         whole ? context.inputs.spans : Region()},
        Push::of(push),
        spread(ceilDivide(heads * ceilDivide(context.tokens, tile) * lanes, group),
               *context.pipelines.device()),
        workOf(context, 2.0 * a.heads * a.headSize * seen));
}

void recordAttention(const StepContext& context, const Step& step)
{
    recordAppend(context, step);
    recordAttend(context, step, context.state(step.attributes.keyState),
                 context.state(step.attributes.valueState), /*whole=*/false);
}

void recordTextAttention(const StepContext& context, const Step& step)
{
    recordAttend(context, step, context.value(step.inputs[1]), context.value(step.inputs[2]),
                 /*whole=*/true);
}

template <bool mean>
void recordPool(const StepContext& context, const Step& step)
{
    const uint32_t quads = strideOf(context, step.output) / kQuad;
    context.recording.dispatch(
        context.pipelines.get("pool", {context.tuning.group, mean ? 1U : 0U}),
        {context.value(step.inputs.at(0)), context.inputs.textSpans, context.value(step.output),
         context.control},
        Push::of(shader::ElementwisePush{quads}), perToken(context, quads),
        workOf(context, quads * kQuad));
}

void recordNormalize(const StepContext& context, const Step& step)
{
    constexpr uint32_t kLanesPerRow = 8;
    const uint32_t quads = strideOf(context, step.output) / kQuad;
    const uint32_t group = context.tuning.matrixGroup;
    context.recording.dispatch(
        context.pipelines.get("normalize", {group, kLanesPerRow}),
        {context.value(step.inputs.at(0)), context.value(step.output), context.control},
        Push::of(shader::ElementwisePush{quads}),
        {ceilDivide(context.tokens * kLanesPerRow, group), 1, 1},
        workOf(context, quads * 2 * kQuad));
}

void recordElementwise(const StepContext& context, const Step& step, KernelNamed kernel)
{
    const uint32_t quads = strideOf(context, step.output) / kQuad;
    std::vector<Region> regions;
    for (const int input : step.inputs)
        regions.push_back(context.value(input));
    regions.insert(regions.end(), {context.value(step.output), context.control});
    context.recording.dispatch(context.pipelines.get(kernel, {context.tuning.group}), regions,
                               Push::of(shader::ElementwisePush{quads}), perToken(context, quads),
                               workOf(context, quads));
}

struct VulkanOperation {
    std::string_view name;
    void (*record)(const StepContext&, const Step&);
    /// Bytes of StepContext::scratch that a step needs; null: none.
    int64_t (*scratch)(const Graph&, const Step&) = nullptr;
};

/// The graph's operations (core/network/graph/graph.h) and how they become dispatches.
constexpr VulkanOperation kOperations[] = {
    {"embed", recordEmbed},
    {"embed_position", recordEmbed},
    {"embed_type", recordEmbed},
    {"rms_norm", recordNorm},
    {"layer_norm", recordLayerNorm},
    {"linear", recordLinearStep},
    {"rope", recordRope},
    {"attention", recordAttention},
    {"text_attention", recordTextAttention},
    {"silu_multiply",
     [](const StepContext& c, const Step& s) { recordElementwise(c, s, "silu_multiply"); }},
    {"gelu", [](const StepContext& c, const Step& s) { recordElementwise(c, s, "gelu"); }},
    {"gelu_new", [](const StepContext& c, const Step& s) { recordElementwise(c, s, "gelu_new"); }},
    {"relu", [](const StepContext& c, const Step& s) { recordElementwise(c, s, "relu"); }},
    {"tanh", [](const StepContext& c, const Step& s) { recordElementwise(c, s, "tanh"); }},
    {"normalize", recordNormalize},
    {"first_row", recordPool<false>},
    {"mean_rows", recordPool<true>},
    {"add", [](const StepContext& c, const Step& s) { recordElementwise(c, s, "add"); }},
    {"lstm", recordLstm, lstmScratch},
};

/// nullptr: there is none of that name.
const VulkanOperation* findVulkanOperation(std::string_view name)
{
    const auto found = std::ranges::find(kOperations, name, &VulkanOperation::name);
    return found == std::end(kOperations) ? nullptr : found;
}

} // namespace

std::vector<std::string_view> vulkanOperations()
{
    std::vector<std::string_view> names;
    for (const VulkanOperation& operation : kOperations)
        names.push_back(operation.name);
    return names;
}

void recordStep(const StepContext& context, const Step& step)
{
    const VulkanOperation* operation = findVulkanOperation(step.operation);
    if (!operation)
        throw Error("vulkan",
                    "there is no kernel for the operation \"" + std::string(step.operation) + "\"");
    operation->record(forRowsOf(context, step.output), step);
}

int64_t scratchBytes(const Graph& graph, const Program& program)
{
    int64_t most = 0;
    for (const Step& step : program.steps)
        if (const VulkanOperation* operation = findVulkanOperation(step.operation);
            operation && operation->scratch)
            most = std::max(most, operation->scratch(graph, step));
    return most;
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "gpu/run/activation_plan.h"

#include "core/base/error.h"
#include "gpu/kernels/operations.h"
#include "gpu/kernels/weights.h"

#include <algorithm>
#include <string>

namespace bitloom {

namespace {

/// Rows a recording may have room for: token by token, or whole texts, of which the longest must
/// fit.
std::vector<int64_t> wantedSizes(const Graph& graph)
{
    if (!graph.readsWholeTexts())
        return {1, 16, 128};
    std::vector<int64_t> sizes = {16, 64, 256};
    if (graph.contextLength > sizes.back())
        sizes.push_back(graph.contextLength);
    return sizes;
}

std::vector<Lifetime> lifetimes(const Graph& graph, const std::vector<Step>& steps, int output,
                                int64_t tokens, bool keepAll)
{
    const int end = static_cast<int>(steps.size());
    std::vector<Lifetime> result(graph.values.size());
    for (int i = 0; i < end; ++i) {
        const Step& step = steps[static_cast<size_t>(i)];
        Lifetime& written = result[static_cast<size_t>(step.output)];
        written = {i, keepAll ? end : i,
                   tokens * kFloatBytes * paddedWidth(graph.value(step.output).width)};
        for (const int input : step.inputs)
            result[static_cast<size_t>(input)].last =
                std::max(result[static_cast<size_t>(input)].last, i);
    }
    result[static_cast<size_t>(output)].last = end;
    return result;
}

} // namespace

std::vector<int64_t> runSizes(const Graph& graph, const DeviceLimits& limits)
{
    int64_t widest = 1;
    for (const Value& value : graph.values)
        widest = std::max(widest, paddedWidth(value.width) * kFloatBytes);
    constexpr int64_t kSmallestTexel = 4;
    const int64_t most =
        std::min(limits.storageBytes, limits.texelElements * kSmallestTexel) / widest;
    const std::vector<int64_t> wanted = wantedSizes(graph);
    std::vector<int64_t> sizes;
    std::ranges::copy_if(wanted, std::back_inserter(sizes),
                         [&](int64_t size) { return size == 1 || size <= most; });
    if (sizes.empty() || (graph.readsWholeTexts() && sizes.back() < graph.contextLength))
        throw Error("vulkan", "out of memory: a text of " + std::to_string(graph.contextLength) +
                                  " positions is longer than the device can bind at once");
    return sizes;
}

ActivationPlan planActivations(const Graph& graph, const Program& program,
                               const std::vector<Step>& steps, int64_t tokens, bool keepAll,
                               int64_t alignment, int64_t addedRank)
{
    std::vector<Lifetime> alive = lifetimes(graph, steps, program.output, tokens, keepAll);
    alive.push_back(
        {0, static_cast<int>(steps.size()),
         std::max(scratchBytes(graph, program), tokens * paddedWidth(addedRank) * kFloatBytes)});
    const MemoryPlan plan = planMemory(alive, alignment);
    ActivationPlan result;
    for (const Lifetime& value : alive)
        result.bytes.push_back(value.bytes);
    result.offsets = plan.offsets;
    result.arenaBytes = std::max(plan.bytes, kFloatBytes);
    result.readBackBytes =
        keepAll ? result.arenaBytes : result.bytes[static_cast<size_t>(program.output)];
    return result;
}

std::vector<int64_t> stateSizes(const Graph& graph, int64_t positions)
{
    std::vector<int64_t> sizes;
    for (const State& state : graph.states) {
        const int64_t rows = state.kind == State::Kind::Append ? positions : 1;
        sizes.push_back(rows * paddedWidth(state.width) * kFloatBytes);
    }
    return sizes;
}

} // namespace bitloom

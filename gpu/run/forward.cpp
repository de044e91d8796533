// SPDX-License-Identifier: GPL-3.0-or-later
#include "gpu/run/forward.h"

#include "core/base/error.h"
#include "core/network/graph/program_steps.h"
#include "gpu/kernels/fake_quantization.h"
#include "gpu/kernels/operations.h"
#include "gpu/kernels/recurrence.h"
#include "gpu/run/activation_plan.h"

#include <algorithm>
#include <cstring>

namespace bitloom {

namespace {

const Program& programOf(const Graph& graph)
{
    if (graph.programs.empty())
        throw Error("vulkan", "this model cannot be run, only looked at");
    return graph.programs.front();
}

/// Rows that a value has for a batch.
int64_t rowsOf(const Value& value, const TextBatch& batch)
{
    return value.perText ? static_cast<int64_t>(batch.lengths.size()) : batch.positions();
}

} // namespace

Forward::Forward(std::shared_ptr<const Model> model, std::shared_ptr<Pipelines> pipelines,
                 const WeightSource& weights, const VulkanOptions& options)
    : m_model(std::move(model))
    , m_graph(m_model->graph)
    , m_program(programOf(m_graph))
    , m_pipelines(std::move(pipelines))
    , m_device(m_pipelines->device())
    , m_tuning(tuningFor(*m_device, options))
    , m_weights(m_device, m_graph, m_program, weights, options)
    , m_activationSchemes(activationSchemesOf(m_graph, weights))
    , m_sizes(runSizes(m_graph, m_device->limits()))
    , m_inputs(m_device, m_graph, m_sizes.back())
{
}

std::shared_ptr<SequenceMemory> Forward::newSequenceMemory(int64_t positions) const
{
    auto memory = std::make_shared<SequenceMemory>();
    memory->positions = positions;
    const std::vector<int64_t> sizes = stateSizes(m_graph, positions);
    if (std::ranges::any_of(sizes,
                            [&](int64_t size) { return size > m_device->limits().storageBytes; }))
        throw Error("vulkan", "out of memory: a text of " + std::to_string(positions) +
                                  " tokens is longer than the device can bind at once");
    memory->states = std::make_unique<RegionSet>(m_device, sizes);
    return memory;
}

Forward::Activations Forward::makeActivations(const std::vector<Step>& steps, int64_t tokens,
                                              bool keepAll) const
{
    const ActivationPlan plan =
        planActivations(m_graph, m_program, steps, tokens, keepAll, m_device->limits().alignment,
                        m_weights.addedRank());
    Activations result;
    result.arena = std::make_unique<Buffer>(m_device, plan.arenaBytes, MemoryUse::Device);
    for (size_t value = 0; value < plan.bytes.size(); ++value)
        result.values.push_back({result.arena.get(), plan.offsets[value], plan.bytes[value]});
    result.scratch = result.values.back();
    result.values.pop_back();
    result.readBack = std::make_unique<Buffer>(m_device, plan.readBackBytes, MemoryUse::ReadBack);
    return result;
}

const Forward::Activations& Forward::activations(int64_t tokens)
{
    const auto known = m_activations.find(tokens);
    return known != m_activations.end()
               ? known->second
               : m_activations.emplace(tokens, makeActivations(m_program.steps, tokens, false))
                     .first->second;
}

std::unique_ptr<Recording> Forward::record(SequenceMemory& memory, const std::vector<Step>& steps,
                                           const Activations& activations, int64_t tokens,
                                           OutputRows rows)
{
    auto recording = std::make_unique<Recording>(m_pipelines);
    StepContext context = {
        m_graph,
        m_program,
        m_weights,
        *m_pipelines,
        *recording,
        m_tuning,
        static_cast<uint32_t>(tokens),
        rows,
        m_inputs.regions(),
        m_inputs.regions().control,
        [&](int value) { return activations.values[static_cast<size_t>(value)]; },
        [&](int state) -> const Region& { return (*memory.states)[static_cast<size_t>(state)]; },
        activations.scratch};
    recordBeginning(context);
    for (const Step& step : steps) {
        context.activationScheme = m_activationSchemes[static_cast<size_t>(step.output)];
        if (rows != OutputRows::None || step.output != m_program.output)
            recordStep(context, step);
        if (context.activationScheme)
            recordFakeQuantization(context, step.output, *context.activationScheme);
    }
    return recording;
}

Recording& Forward::recording(SequenceMemory& memory, int64_t tokens, OutputRows rows)
{
    std::unique_ptr<Recording>& made = memory.recordings[{tokens, rows}];
    if (!made) {
        const Activations& used = activations(tokens);
        std::unique_ptr<Recording> recorded = record(memory, m_program.steps, used, tokens, rows);
        Region output = used.values[static_cast<size_t>(m_program.output)];
        if (rows == OutputRows::Last)
            output.bytes /= tokens;
        if (rows != OutputRows::None)
            recorded->readBack(output, *used.readBack);
        recorded->finish();
        made = std::move(recorded);
    }
    return *made;
}

int64_t Forward::roomFor(int64_t rows) const
{
    return *std::ranges::find_if(m_sizes, [&](int64_t size) { return size >= rows; });
}

Matrix Forward::unpadded(const std::byte* rows, int value, int64_t count) const
{
    const int64_t width = m_graph.value(value).width;
    Matrix result(count, width);
    for (int64_t row = 0; row < count; ++row)
        std::memcpy(result.row(row).data(), rows + row * paddedWidth(width) * kFloatBytes,
                    static_cast<size_t>(width * kFloatBytes));
    return result;
}

void Forward::run(SequenceMemory& memory, int64_t position, std::span<const int32_t> tokens,
                  OutputRows rows, std::span<float> output)
{
    const auto length = static_cast<int64_t>(tokens.size());
    const int64_t room = roomFor(length);
    Recording& recorded = recording(memory, room, rows);
    m_inputs.write({tokens, {&length, 1}, position}, room);
    recorded.run();
    if (rows == OutputRows::None)
        return;
    const int64_t count = rows == OutputRows::Last ? 1 : length;
    const Matrix values =
        unpadded(activations(room).readBack->mapped().data(), m_program.output, count);
    std::ranges::copy(values.values, output.begin());
}

Matrix Forward::encode(SequenceMemory& memory, const TextBatch& batch)
{
    if (batch.given >= 0)
        return encodeTapped(memory, batch).at(m_program.output);
    const int64_t room = roomFor(batch.positions());
    Recording& recorded = recording(memory, room, OutputRows::All);
    m_inputs.write({batch.tokens, batch.lengths, 0}, room);
    recorded.run();
    return unpadded(activations(room).readBack->mapped().data(), m_program.output,
                    rowsOf(m_graph.value(m_program.output), batch));
}

std::map<int, Matrix> Forward::encodeTapped(SequenceMemory& memory, const TextBatch& batch)
{
    const int from = batch.given >= 0 ? batch.given : m_program.input;
    return runOnce(memory, stepsBehind(m_graph, m_program, from), batch, 0);
}

std::map<int, Matrix> Forward::runTapped(SequenceMemory& memory, int64_t position,
                                         std::span<const int32_t> tokens)
{
    TextBatch batch;
    batch.add(tokens);
    return runOnce(memory, m_program.steps, batch, position);
}

/// Puts a given value where the steps read it, padded.
void Forward::give(const TextBatch& batch, Activations& activations) const
{
    if (batch.given < 0)
        return;
    const int64_t stride = paddedWidth(batch.rows.columns) * kFloatBytes;
    const int64_t bytes = batch.rows.rows * stride;
    activations.given = std::make_unique<Buffer>(m_device, bytes, MemoryUse::Upload);
    std::byte* const start = activations.given->mapped().data();
    std::memset(start, 0, static_cast<size_t>(bytes));
    for (int64_t row = 0; row < batch.rows.rows; ++row)
        std::memcpy(start + row * stride, batch.rows.row(row).data(),
                    static_cast<size_t>(batch.rows.columns * kFloatBytes));
    activations.values[static_cast<size_t>(batch.given)] = {activations.given.get(), 0, bytes};
}

std::map<int, Matrix> Forward::runOnce(SequenceMemory& memory, const std::vector<Step>& steps,
                                       const TextBatch& batch, int64_t position)
{
    const int64_t room = roomFor(batch.positions());
    Activations all = makeActivations(steps, room, true);
    give(batch, all);
    const std::unique_ptr<Recording> recorded = record(memory, steps, all, room, OutputRows::All);
    recorded->readBack({all.arena.get(), 0, all.arena->bytes()}, *all.readBack);
    recorded->finish();
    m_inputs.write({batch.tokens, batch.lengths, position}, room);
    recorded->run();
    std::map<int, Matrix> result;
    for (const Step& step : steps) {
        const auto value = static_cast<size_t>(step.output);
        result[step.output] = unpadded(all.readBack->mapped().data() + all.values[value].offset,
                                       step.output, rowsOf(m_graph.values[value], batch));
    }
    return result;
}

} // namespace bitloom

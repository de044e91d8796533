// SPDX-License-Identifier: GPL-3.0-or-later
#include "gpu/forward.h"

#include "core/error.h"
#include "gpu/memory/lifetimes.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace bitloom {

namespace {

constexpr int64_t kFloat = sizeof(float);
constexpr int64_t kInputAlignment = 256;
constexpr int64_t kRunSizes[] = {1, 16, 128};

int64_t aligned(int64_t n, int64_t step)
{
    return (n + step - 1) / step * step;
}

const Program& programOf(const Graph& graph)
{
    if (graph.programs.empty())
        throw Error("vulkan", "this model cannot be run, only looked at");
    return graph.programs.front();
}

/// Run sizes whose widest value still fits one binding.
std::vector<int64_t> runSizes(const Graph& graph, const DeviceLimits& limits)
{
    int64_t widest = 1;
    for (const Value& value : graph.values)
        widest = std::max(widest, paddedWidth(value.width) * kFloat);
    constexpr int64_t kSmallestTexel = 4;
    const int64_t most =
        std::min(limits.storageBytes, limits.texelElements * kSmallestTexel) / widest;
    std::vector<int64_t> sizes;
    std::ranges::copy_if(kRunSizes, std::back_inserter(sizes),
                         [&](int64_t size) { return size == 1 || size <= most; });
    return sizes;
}

int64_t turnPairs(const Graph& graph, int64_t tokens)
{
    return turnsOffset(graph, static_cast<int>(graph.ropeTables.size()), tokens);
}

std::vector<Lifetime> lifetimes(const Graph& graph, const Program& program, int64_t tokens,
                                bool keepAll)
{
    const int end = static_cast<int>(program.steps.size());
    std::vector<Lifetime> result(graph.values.size());
    for (int i = 0; i < end; ++i) {
        const Step& step = program.steps[static_cast<size_t>(i)];
        Lifetime& written = result[static_cast<size_t>(step.output)];
        written = {i, keepAll ? end : i,
                   tokens * kFloat *
                       paddedWidth(graph.values[static_cast<size_t>(step.output)].width)};
        for (const int input : step.inputs)
            result[static_cast<size_t>(input)].last =
                std::max(result[static_cast<size_t>(input)].last, i);
    }
    result[static_cast<size_t>(program.output)].last = end;
    return result;
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
    , m_sizes(runSizes(m_graph, m_device->limits()))
{
    const int64_t ids = aligned(longestRun() * kFloat, kInputAlignment);
    const int64_t turns =
        std::max<int64_t>(2 * kFloat * turnPairs(m_graph, longestRun()), kInputAlignment);
    m_inputs = std::make_unique<Buffer>(m_device, kInputAlignment + ids + turns, MemoryUse::Upload);
    m_control = {m_inputs.get(), 0, sizeof(shader::Control)};
    m_tokenIds = {m_inputs.get(), kInputAlignment, ids};
    m_turns = {m_inputs.get(), kInputAlignment + ids, turns};
}

std::shared_ptr<SequenceMemory> Forward::newSequenceMemory(int64_t positions) const
{
    auto memory = std::make_shared<SequenceMemory>();
    memory->positions = positions;
    std::vector<int64_t> sizes;
    for (const State& state : m_graph.states) {
        sizes.push_back(positions * paddedWidth(state.width) * kFloat);
        if (sizes.back() > m_device->limits().storageBytes)
            throw Error("vulkan", "out of memory: a text of " + std::to_string(positions) +
                                      " tokens is longer than the device can bind at once");
    }
    memory->states = std::make_unique<RegionSet>(m_device, sizes);
    return memory;
}

Forward::Activations Forward::makeActivations(int64_t tokens, bool keepAll) const
{
    const std::vector<Lifetime> alive = lifetimes(m_graph, m_program, tokens, keepAll);
    const MemoryPlan plan = planMemory(alive, m_device->limits().alignment);
    Activations result;
    result.arena = std::make_unique<Buffer>(m_device, plan.bytes, MemoryUse::Device);
    for (size_t value = 0; value < alive.size(); ++value)
        result.values.push_back({result.arena.get(), plan.offsets[value], alive[value].bytes});
    const int64_t seen =
        keepAll ? plan.bytes : result.values[static_cast<size_t>(m_program.output)].bytes;
    result.readBack = std::make_unique<Buffer>(m_device, seen, MemoryUse::ReadBack);
    return result;
}

const Forward::Activations& Forward::activations(int64_t tokens)
{
    const auto known = m_activations.find(tokens);
    return known != m_activations.end()
               ? known->second
               : m_activations.emplace(tokens, makeActivations(tokens, false)).first->second;
}

std::unique_ptr<Recording> Forward::record(SequenceMemory& memory, const Activations& activations,
                                           int64_t tokens, OutputRows rows)
{
    auto recording = std::make_unique<Recording>(m_pipelines);
    const StepContext context = {
        m_graph,
        m_program,
        m_weights,
        *m_pipelines,
        *recording,
        m_tuning,
        static_cast<uint32_t>(tokens),
        rows,
        m_control,
        m_tokenIds,
        m_turns,
        [&](int value) { return activations.values[static_cast<size_t>(value)]; },
        [&](int state) -> const Region& { return (*memory.states)[static_cast<size_t>(state)]; }};
    for (const Step& step : m_program.steps)
        if (rows != OutputRows::None || step.output != m_program.output)
            recordStep(context, step);
    return recording;
}

Recording& Forward::recording(SequenceMemory& memory, int64_t tokens, OutputRows rows)
{
    std::unique_ptr<Recording>& made = memory.recordings[{tokens, rows}];
    if (!made) {
        const Activations& used = activations(tokens);
        std::unique_ptr<Recording> recorded = record(memory, used, tokens, rows);
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

int64_t Forward::roomFor(size_t tokens) const
{
    return *std::ranges::find_if(
        m_sizes, [&](int64_t size) { return size >= static_cast<int64_t>(tokens); });
}

void Forward::writeInputs(int64_t position, std::span<const int32_t> tokens, int64_t room)
{
    std::byte* const start = m_inputs->mapped().data();
    const shader::Control control = {static_cast<uint32_t>(position),
                                     static_cast<uint32_t>(tokens.size())};
    std::memcpy(start + m_control.offset, &control, sizeof(control));
    std::memcpy(start + m_tokenIds.offset, tokens.data(), tokens.size_bytes());
    std::vector<float> turns;
    for (size_t table = 0; table < m_graph.ropeTables.size(); ++table) {
        turns.resize(static_cast<size_t>(2 * turnsOffset(m_graph, static_cast<int>(table), room)));
        for (size_t row = 0; row < tokens.size(); ++row) {
            for (const double frequency : m_graph.ropeTables[table].inverseFrequencies) {
                const double angle =
                    static_cast<double>(position + static_cast<int64_t>(row)) * frequency;
                turns.push_back(static_cast<float>(std::cos(angle)));
                turns.push_back(static_cast<float>(std::sin(angle)));
            }
        }
    }
    if (!turns.empty()) // a network without rotary positions
        std::memcpy(start + m_turns.offset, turns.data(), turns.size() * sizeof(float));
}

Matrix Forward::unpadded(const std::byte* rows, int value, int64_t count) const
{
    const int64_t width = m_graph.values[static_cast<size_t>(value)].width;
    Matrix result(count, width);
    for (int64_t row = 0; row < count; ++row)
        std::memcpy(result.row(row).data(), rows + row * paddedWidth(width) * kFloat,
                    static_cast<size_t>(width * kFloat));
    return result;
}

void Forward::run(SequenceMemory& memory, int64_t position, std::span<const int32_t> tokens,
                  OutputRows rows, std::span<float> output)
{
    const int64_t room = roomFor(tokens.size());
    Recording& recorded = recording(memory, room, rows);
    writeInputs(position, tokens, room);
    recorded.run();
    if (rows == OutputRows::None)
        return;
    const int64_t count = rows == OutputRows::Last ? 1 : static_cast<int64_t>(tokens.size());
    const Matrix values =
        unpadded(activations(room).readBack->mapped().data(), m_program.output, count);
    std::ranges::copy(values.values, output.begin());
}

std::map<int, Matrix> Forward::runTapped(SequenceMemory& memory, int64_t position,
                                         std::span<const int32_t> tokens)
{
    const int64_t room = roomFor(tokens.size());
    const Activations all = makeActivations(room, true);
    const std::unique_ptr<Recording> recorded = record(memory, all, room, OutputRows::All);
    recorded->readBack({all.arena.get(), 0, all.arena->bytes()}, *all.readBack);
    recorded->finish();
    writeInputs(position, tokens, room);
    recorded->run();
    std::map<int, Matrix> result;
    for (const Step& step : m_program.steps)
        result[step.output] = unpadded(all.readBack->mapped().data() +
                                           all.values[static_cast<size_t>(step.output)].offset,
                                       step.output, static_cast<int64_t>(tokens.size()));
    return result;
}

} // namespace bitloom

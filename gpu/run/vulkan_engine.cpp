// SPDX-License-Identifier: GPL-3.0-or-later
#include "gpu/run/vulkan_engine.h"

#include "core/base/error.h"
#include "core/base/finite.h"
#include "core/network/engine/finite_values.h"
#include "core/network/model/finite_weights.h"
#include "gpu/device/device_lost.h"
#include "gpu/kernels/storage_choice.h"
#include "gpu/run/forward.h"

#include <algorithm>
#include <functional>
#include <map>

namespace bitloom {

namespace {

/// Memory of sequences that ended, for the next ones: recordings against it stay good.
using Retired = std::vector<std::shared_ptr<SequenceMemory>>;

class VulkanSequence : public Sequence {
public:
    VulkanSequence(std::shared_ptr<SequenceMemory> memory, int64_t positions,
                   std::shared_ptr<Retired> retired)
        : m_memory(std::move(memory))
        , m_positions(positions)
        , m_retired(std::move(retired))
    {
    }
    ~VulkanSequence() override { m_retired->push_back(std::move(m_memory)); }
    VulkanSequence(const VulkanSequence&) = delete;
    VulkanSequence& operator=(const VulkanSequence&) = delete;

    int64_t length() const override { return m_length; }
    void clear() override { m_length = 0; }

    int64_t positions() const { return m_positions; }
    SequenceMemory& memory() { return *m_memory; }
    void grow(size_t tokens) { m_length += static_cast<int64_t>(tokens); }
    const void* owner() const { return m_retired.get(); }

private:
    std::shared_ptr<SequenceMemory> m_memory;
    int64_t m_positions;
    int64_t m_length = 0;
    std::shared_ptr<Retired> m_retired;
};

class VulkanEngine : public Engine {
public:
    VulkanEngine(std::shared_ptr<const Model> model, const WeightSource& weights,
                 const VulkanOptions& options)
        : m_model(std::move(model))
        , m_device(Device::open(options))
        , m_forward(m_model, Pipelines::of(m_device, chooseVariant(m_device, options)), weights,
                    options)
        , m_runsLeft(options.loseDeviceAfterRuns)
    {
        m_model->checkpoint.check(); // weights were read from the mapping just now
    }

    std::string id() const override { return "vulkan"; }
    std::string description() const override { return "Vulkan: " + m_device->name(); }
    int64_t weightBytes() const override { return m_forward.weights().bytes(); }
    std::unique_ptr<Sequence> newSequence(int64_t positions) override;
    Matrix run(Sequence& sequence, std::span<const int32_t> tokens, Rows rows) override;
    Matrix runTapped(Sequence& sequence, std::span<const int32_t> tokens,
                     const ValueTap& tap) override;
    Matrix encode(const TextBatch& batch, const ValueTap& tap) override;

private:
    void requireFinite(MatrixView output, const std::function<std::map<int, Matrix>()>& values);
    Matrix encodeAtOnce(const TextBatch& batch, const ValueTap& tap);
    VulkanSequence& checked(Sequence& sequence, std::span<const int32_t> tokens) const;
    void loseDeviceOnPurpose();

    std::shared_ptr<const Model> m_model;
    std::shared_ptr<Device> m_device;
    Forward m_forward;
    std::shared_ptr<Retired> m_retired = std::make_shared<Retired>();
    std::shared_ptr<SequenceMemory> m_wholeTexts; ///< what was recorded for encode()
    int m_runsLeft;
};

std::unique_ptr<Sequence> VulkanEngine::newSequence(int64_t wanted)
{
    const int64_t positions = std::clamp<int64_t>(wanted, 1, m_model->graph.contextLength);
    constexpr int64_t kMostWaste = 4;
    // States that are replaced are no larger for longer texts.
    const bool grows = std::ranges::any_of(m_model->graph.states, [](const State& state) {
        return state.kind == State::Kind::Append;
    });
    const auto fits = [&](const std::shared_ptr<SequenceMemory>& memory) {
        return !grows ||
               (memory->positions >= positions && memory->positions <= kMostWaste * positions);
    };
    const auto found = std::ranges::find_if(*m_retired, fits);
    std::shared_ptr<SequenceMemory> memory;
    if (found != m_retired->end()) {
        memory = std::move(*found);
        m_retired->erase(found);
    } else {
        m_retired->clear();
        memory = m_forward.newSequenceMemory(positions);
    }
    return std::make_unique<VulkanSequence>(std::move(memory), positions, m_retired);
}

VulkanSequence& VulkanEngine::checked(Sequence& sequence, std::span<const int32_t> tokens) const
{
    auto* ours = dynamic_cast<VulkanSequence*>(&sequence);
    if (ours == nullptr || ours->owner() != m_retired.get())
        throw Error("vulkan", "the sequence belongs to another engine");
    if (ours->length() + static_cast<int64_t>(tokens.size()) > ours->positions())
        throw Error("vulkan", "the sequence is full: it holds " +
                                  std::to_string(ours->positions()) + " tokens");
    for (const int32_t token : tokens)
        checkToken(m_model->graph, token);
    return *ours;
}

void VulkanEngine::loseDeviceOnPurpose()
{
    if (m_runsLeft == 0)
        throw DeviceLost("vulkan", "the device was lost, as this test asked for");
    m_runsLeft -= m_runsLeft > 0 ? 1 : 0;
}

/// Error naming the first value that is not finite where the output is not; `values` runs again and
/// shows all of them.
void VulkanEngine::requireFinite(MatrixView output,
                                 const std::function<std::map<int, Matrix>()>& values)
{
    if (firstNotFinite({output.data, static_cast<size_t>(output.size())}) < 0)
        return;
    Progress silent;
    if (const auto bad = firstBadWeight(*m_model, silent))
        throw Error("network", bad->text());
    const std::map<int, Matrix> all = values();
    for (const Step& step : m_model->graph.programs.front().steps)
        if (const auto found = all.find(step.output); found != all.end())
            requireFiniteValue(m_model->graph, step.output, found->second.view(),
                               [&](int slot) { return m_forward.weights().slot(slot).scheme; });
    refuseOutput("network");
}

Matrix VulkanEngine::run(Sequence& sequence, std::span<const int32_t> tokens, Rows rows)
{
    VulkanSequence& ours = checked(sequence, tokens);
    const auto width = static_cast<size_t>(m_model->graph.vocabulary);
    Matrix result(tokens.empty()       ? 0
                  : rows == Rows::Last ? 1
                                       : static_cast<int64_t>(tokens.size()),
                  m_model->graph.vocabulary);
    std::span<float> left(result.values);
    while (!tokens.empty()) {
        loseDeviceOnPurpose();
        const size_t count = std::min(tokens.size(), static_cast<size_t>(m_forward.longestRun()));
        const bool last = count == tokens.size();
        const OutputRows wanted = rows == Rows::All ? OutputRows::All
                                  : last            ? OutputRows::Last
                                                    : OutputRows::None;
        m_forward.run(ours.memory(), ours.length(), tokens.first(count), wanted, left);
        const int64_t written = wanted == OutputRows::All    ? static_cast<int64_t>(count)
                                : wanted == OutputRows::Last ? 1
                                                             : 0;
        requireFinite({left.data(), written, m_model->graph.vocabulary}, [&] {
            return m_forward.runTapped(ours.memory(), ours.length(), tokens.first(count));
        });
        ours.grow(count);
        if (wanted == OutputRows::All)
            left = left.subspan(count * width);
        tokens = tokens.subspan(count);
    }
    return result;
}

void append(Matrix& whole, const Matrix& part)
{
    whole.rows += part.rows;
    whole.columns = part.columns;
    whole.values.insert(whole.values.end(), part.values.begin(), part.values.end());
}

Matrix VulkanEngine::runTapped(Sequence& sequence, std::span<const int32_t> tokens,
                               const ValueTap& tap)
{
    VulkanSequence& ours = checked(sequence, tokens);
    std::map<int, Matrix> values;
    while (!tokens.empty()) {
        const size_t count = std::min(tokens.size(), static_cast<size_t>(m_forward.longestRun()));
        for (const auto& [value, rows] :
             m_forward.runTapped(ours.memory(), ours.length(), tokens.first(count)))
            append(values[value], rows);
        ours.grow(count);
        tokens = tokens.subspan(count);
    }
    const Program& program = m_model->graph.programs.front();
    requireFinite(values[program.output].view(), [&] { return values; });
    for (const Step& step : program.steps)
        tap(step.output, values[step.output].view());
    return values[program.output];
}

Matrix VulkanEngine::encodeAtOnce(const TextBatch& batch, const ValueTap& tap)
{
    const bool states = !m_model->graph.states.empty();
    if (!m_wholeTexts || states)
        m_wholeTexts = m_forward.newSequenceMemory(states ? batch.positions() : 1);
    loseDeviceOnPurpose();
    if (!tap) {
        Matrix output = m_forward.encode(*m_wholeTexts, batch);
        requireFinite(output.view(), [&] { return m_forward.encodeTapped(*m_wholeTexts, batch); });
        return output;
    }
    std::map<int, Matrix> values = m_forward.encodeTapped(*m_wholeTexts, batch);
    requireFinite(values.at(m_model->graph.programs.front().output).view(), [&] { return values; });
    for (const auto& [value, rows] : values)
        tap(value, rows.view());
    return values.at(m_model->graph.programs.front().output);
}

/// As many texts at once as a run has room for.
Matrix VulkanEngine::encode(const TextBatch& batch, const ValueTap& tap)
{
    const Graph& graph = m_model->graph;
    checkBatch(graph, batch);
    if (!graph.readsWholeTexts() && batch.lengths.size() > 1)
        return encodeOneByOne(*this, graph, batch, tap);
    if (!graph.readsWholeTexts() && batch.given < 0) {
        const auto sequence = newSequence(batch.positions());
        return tap ? runTapped(*sequence, batch.tokens, tap)
                   : run(*sequence, batch.tokens, Rows::All);
    }
    if (batch.positions() <= m_forward.longestRun())
        return encodeAtOnce(batch, tap);
    if (!graph.readsWholeTexts())
        throw Error("vulkan", "a given value may have " + std::to_string(m_forward.longestRun()) +
                                  " rows at most here");
    Matrix whole(0, graph.outputWidth());
    for (size_t from = 0; from < batch.lengths.size();) {
        size_t to = from;
        int64_t rows = 0;
        while (to < batch.lengths.size() && rows + batch.lengths[to] <= m_forward.longestRun())
            rows += batch.lengths[to++];
        append(whole, encodeAtOnce(batch.texts(graph, from, to), tap));
        from = to;
    }
    return whole;
}

} // namespace

std::unique_ptr<Engine> makeVulkanEngine(std::shared_ptr<const Model> model,
                                         const WeightSource& weights, const VulkanOptions& options)
{
    return std::make_unique<VulkanEngine>(std::move(model), weights, options);
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/engine/engine.h"

#include "core/base/error.h"
#include "core/network/torch/torch_finite.h"
#include "core/network/torch/torch_weights.h"

#include <algorithm>
#include <thread>

namespace bitloom {

namespace {

class TorchSequence : public Sequence {
public:
    TorchSequence(const Graph& graph, int64_t positions)
    {
        m_states.capacity = positions;
        for (const State& state : graph.states) {
            const int64_t rows = state.kind == State::Kind::Append ? positions : 1;
            m_states.tensors.push_back(torch::empty({rows, state.width}, torch::kFloat));
        }
    }
    int64_t length() const override { return m_states.length; }
    void clear() override { m_states.length = 0; }
    TorchStates& states() { return m_states; }

private:
    TorchStates m_states;
};

Matrix toMatrix(const torch::Tensor& tensor)
{
    const torch::Tensor values = tensor.to(torch::kFloat).contiguous();
    Matrix matrix(values.size(0), values.size(1));
    std::copy_n(values.data_ptr<float>(), matrix.size(), matrix.values.data());
    return matrix;
}

torch::Tensor toTensor(const Matrix& matrix)
{
    torch::Tensor tensor = torch::empty({matrix.rows, matrix.columns}, torch::kFloat);
    std::copy(matrix.values.begin(), matrix.values.end(), tensor.data_ptr<float>());
    return tensor;
}

class TorchEngine : public Engine {
public:
    TorchEngine(std::shared_ptr<const Model> model, const WeightSource& weights,
                const TorchOptions& options);
    std::string id() const override { return "torch"; }
    std::string description() const override;
    int64_t weightBytes() const override { return m_weights->bytes(); }
    std::unique_ptr<Sequence> newSequence(int64_t positions) override;
    Matrix run(Sequence& sequence, std::span<const int32_t> tokens, Rows rows) override;
    Matrix runTapped(Sequence& sequence, std::span<const int32_t> tokens,
                     const ValueTap& tap) override;
    Matrix encode(const TextBatch& batch, const ValueTap& tap) override;

private:
    Matrix runHooked(Sequence& sequence, std::span<const int32_t> tokens, bool lastRowOnly,
                     const TorchHook& hook);
    void checkTokens(const TorchStates& states, std::span<const int32_t> tokens) const;

    std::shared_ptr<const Model> m_model;
    int m_threads;
    std::unique_ptr<StoredTorchWeights> m_weights;
};

TorchEngine::TorchEngine(std::shared_ptr<const Model> model, const WeightSource& weights,
                         const TorchOptions& options)
    : m_model(std::move(model))
    , m_threads(options.threads > 0
                    ? options.threads
                    : static_cast<int>(std::max(1U, std::thread::hardware_concurrency())))
{
    if (!m_model->graph.runnable())
        throw Error("torch", "this model cannot run. " + m_model->missing);
    withTorchErrors("torch", [&] {
        setTorchThreads(m_threads);
        m_weights = makeTorchWeights(m_model->graph, weights, options.residentWeightBytes);
    });
    m_model->checkpoint.check();
}

std::string TorchEngine::description() const
{
    return "Torch, " + std::to_string(m_threads) + (m_threads == 1 ? " thread" : " threads");
}

std::unique_ptr<Sequence> TorchEngine::newSequence(int64_t positions)
{
    const int64_t most = m_model->graph.contextLength;
    std::unique_ptr<Sequence> made;
    withTorchErrors("torch", [&] {
        made = std::make_unique<TorchSequence>(m_model->graph,
                                               std::clamp<int64_t>(positions, 1, most));
    });
    return made;
}

void TorchEngine::checkTokens(const TorchStates& states, std::span<const int32_t> tokens) const
{
    if (tokens.empty())
        throw Error("torch", "there are no tokens to run");
    if (states.length + static_cast<int64_t>(tokens.size()) > states.capacity)
        throw Error("torch", "the context is full: " + std::to_string(states.length) +
                                 " positions are taken, " + std::to_string(tokens.size()) +
                                 " more do not fit into " + std::to_string(states.capacity));
    for (const int32_t token : tokens)
        checkToken(m_model->graph, token);
}

Matrix TorchEngine::runHooked(Sequence& sequence, std::span<const int32_t> tokens, bool lastRowOnly,
                              const TorchHook& hook)
{
    auto* own = dynamic_cast<TorchSequence*>(&sequence);
    if (!own)
        throw Error("torch", "the sequence belongs to another engine");
    TorchStates& states = own->states();
    checkTokens(states, tokens);
    Matrix output;
    withTorchErrors("torch", [&] {
        const torch::NoGradGuard noGradients;
        setTorchThreads(m_threads);
        TorchPass pass{m_model->graph, m_model->graph.programs.front(), *m_weights};
        pass.states = &states;
        pass.lastRowOnly = lastRowOnly;
        pass.hook = hook;
        output = toMatrix(finiteForward(pass, tokens));
    });
    m_model->checkpoint.check(); // streamed weights were decoded from the mapping just now
    states.length += static_cast<int64_t>(tokens.size());
    return output;
}

Matrix TorchEngine::run(Sequence& sequence, std::span<const int32_t> tokens, Rows rows)
{
    return runHooked(sequence, tokens, rows == Rows::Last, {});
}

TorchHook hookOf(const ValueTap& tap)
{
    return [&tap](int value, torch::Tensor tensor) {
        tap(value, toMatrix(tensor).view());
        return tensor;
    };
}

Matrix TorchEngine::runTapped(Sequence& sequence, std::span<const int32_t> tokens,
                              const ValueTap& tap)
{
    return runHooked(sequence, tokens, /*lastRowOnly=*/false, hookOf(tap));
}

Matrix TorchEngine::encode(const TextBatch& batch, const ValueTap& tap)
{
    const Graph& graph = m_model->graph;
    checkBatch(graph, batch);
    if (!graph.readsWholeTexts() && batch.lengths.size() > 1)
        return encodeOneByOne(*this, graph, batch, tap);
    Matrix output;
    withTorchErrors("torch", [&] {
        const torch::NoGradGuard noGradients;
        setTorchThreads(m_threads);
        TorchPass pass{graph, graph.programs.front(), *m_weights};
        pass.lengths = batch.lengths;
        pass.given = batch.given;
        if (batch.given >= 0)
            pass.rows = toTensor(batch.rows);
        if (tap)
            pass.hook = hookOf(tap);
        output = toMatrix(finiteForward(pass, batch.tokens));
    });
    m_model->checkpoint.check();
    return output;
}

} // namespace

std::unique_ptr<Engine> makeTorchEngine(std::shared_ptr<const Model> model,
                                        const WeightSource& weights, TorchOptions options)
{
    return std::make_unique<TorchEngine>(std::move(model), weights, options);
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/network/engine/engine.h"
#include "core/network/torch/torch_recurrence.h"
#include "core/network/torch/torch_run.h"

#include <string_view>

namespace bitloom {

namespace {

struct TorchOperation {
    std::string_view name;
    TorchRule run;
};

/// x / max(√Σx², 1e-12), as torch.nn.functional.normalize.
torch::Tensor unitLength(const torch::Tensor& x)
{
    return x / x.norm(2, -1, /*keepdim=*/true).clamp_min(1e-12);
}

/// How Torch computes each row of the operations table.
constexpr TorchOperation kTorchOperations[] = {
    {"embed", [](TorchRun& f, const Step& s) { return f.embed(s); }},
    {"embed_position", [](TorchRun& f, const Step& s) { return f.embedPosition(s); }},
    {"embed_type", [](TorchRun& f, const Step& s) { return f.embedType(s); }},
    {"layer_norm", [](TorchRun& f, const Step& s) { return f.layerNorm(s); }},
    {"gelu", [](TorchRun& f, const Step& s) { return torch::gelu(f.input(s, 0)); }},
    {"gelu_new", [](TorchRun& f, const Step& s) { return torch::gelu(f.input(s, 0), "tanh"); }},
    {"relu", [](TorchRun& f, const Step& s) { return torch::relu(f.input(s, 0)); }},
    {"rms_norm", [](TorchRun& f, const Step& s) { return f.rmsNorm(s); }},
    {"linear", [](TorchRun& f, const Step& s) { return f.linear(s); }},
    {"rope", [](TorchRun& f, const Step& s) { return f.rope(s); }},
    {"attention", [](TorchRun& f, const Step& s) { return f.attention(s); }},
    {"text_attention", [](TorchRun& f, const Step& s) { return f.textAttention(s); }},
    {"tanh", [](TorchRun& f, const Step& s) { return torch::tanh(f.input(s, 0)); }},
    {"first_row", [](TorchRun& f, const Step& s) { return f.pooled(s, false); }},
    {"mean_rows", [](TorchRun& f, const Step& s) { return f.pooled(s, true); }},
    {"normalize", [](TorchRun& f, const Step& s) { return unitLength(f.input(s, 0)); }},
    {"silu_multiply", [](TorchRun& f, const Step& s) { return f.siluMultiply(s); }},
    {"lstm", [](TorchRun& f, const Step& s) { return f.lstm(s); }},
    {"add", [](TorchRun& f, const Step& s) { return f.add(s); }},
};

} // namespace

TorchRule torchRule(std::string_view name)
{
    for (const TorchOperation& operation : kTorchOperations)
        if (operation.name == name)
            return operation.run;
    throw Error("torch", "the operation " + std::string(name) + " cannot be computed here");
}

std::vector<std::string_view> torchOperations()
{
    std::vector<std::string_view> names;
    for (const TorchOperation& operation : kTorchOperations)
        names.push_back(operation.name);
    return names;
}

torch::Tensor TorchRun::embed(const Step& step) const
{
    return m_pass.weights.rows(step.slots[0], input(step, 0).squeeze(1));
}

/// Of every row: its place in its own text.
torch::Tensor TorchRun::positions(torch::ScalarType type) const
{
    std::vector<torch::Tensor> parts;
    for (const int64_t length : m_lengths)
        parts.push_back(torch::arange(m_start, m_start + length, type));
    return parts.size() == 1 ? parts.front() : torch::cat(parts, 0);
}

torch::Tensor TorchRun::embedPosition(const Step& step) const
{
    return m_pass.weights.rows(step.slots[0], positions(torch::kInt64));
}

torch::Tensor TorchRun::embedType(const Step& step) const
{
    return m_pass.weights.rows(step.slots[0], torch::zeros({m_count}, torch::kInt64));
}

torch::Tensor TorchRun::rmsNorm(const Step& step) const
{
    const torch::Tensor x = input(step, 0);
    const torch::Tensor square = x.square().mean(-1, /*keepdim=*/true);
    return x * torch::rsqrt(square + step.attributes.epsilon) *
           m_pass.weights.weight(step.slots[0]);
}

torch::Tensor TorchRun::layerNorm(const Step& step) const
{
    const torch::Tensor x = input(step, 0);
    return torch::layer_norm(x, {x.size(1)}, m_pass.weights.weight(step.slots[0]).view({-1}),
                             m_pass.weights.weight(step.slots[1]).view({-1}),
                             step.attributes.epsilon);
}

torch::Tensor TorchRun::linear(const Step& step) const
{
    const torch::Tensor product = m_pass.weights.linear(step.slots[0], input(step, 0));
    return step.slots.size() > 1 ? product + m_pass.weights.weight(step.slots[1]) : product;
}

const TorchRun::Turn& TorchRun::turn(int table, const torch::TensorOptions& options)
{
    const auto found = m_turns.find(table);
    if (found != m_turns.end())
        return found->second;
    const auto& frequencies =
        m_pass.graph.ropeTables[static_cast<size_t>(table)].inverseFrequencies;
    const torch::Tensor angles =
        torch::outer(positions(torch::kDouble), torch::tensor(frequencies, torch::kDouble))
            .unsqueeze(1);
    return m_turns[table] = {angles.cos().to(options), angles.sin().to(options)};
}

torch::Tensor TorchRun::rope(const Step& step)
{
    const Attributes& a = step.attributes;
    const torch::Tensor x = input(step, 0).view({m_count, a.heads, a.headSize});
    const Turn& by = turn(a.ropeTable, x.options().requires_grad(false));
    const torch::Tensor left = x.narrow(2, 0, a.headSize / 2);
    const torch::Tensor right = x.narrow(2, a.headSize / 2, a.headSize / 2);
    return torch::cat({left * by.cosine - right * by.sine, right * by.cosine + left * by.sine}, 2)
        .view({m_count, int64_t{a.heads} * a.headSize});
}

/// All rows of a state so far with `rows` appended; without states, `rows` itself.
torch::Tensor TorchRun::remember(int state, const torch::Tensor& rows) const
{
    if (!m_pass.states)
        return rows;
    const torch::Tensor& cache = m_pass.states->tensors[static_cast<size_t>(state)];
    cache.narrow(0, m_start, m_count).copy_(rows);
    return cache.narrow(0, 0, m_start + m_count);
}

torch::Tensor TorchRun::attention(const Step& step)
{
    const Attributes& a = step.attributes;
    return attendCausally(a, std::ssize(m_lengths), input(step, 0),
                          remember(a.keyState, input(step, 1)),
                          remember(a.valueState, input(step, 2)), m_masks);
}

torch::Tensor TorchRun::textAttention(const Step& step) const
{
    return attendWithinTexts(step.attributes, m_lengths, input(step, 0), input(step, 1),
                             input(step, 2));
}

/// One row of each text: its first, or the mean of all.
torch::Tensor TorchRun::pooled(const Step& step, bool mean) const
{
    std::vector<torch::Tensor> parts;
    int64_t from = 0;
    for (const int64_t length : m_lengths) {
        parts.push_back(
            input(step, 0).narrow(0, from, mean ? length : 1).mean(0, /*keepdim=*/true));
        from += length;
    }
    return torch::cat(parts, 0);
}

/// A replaced state, [texts, width].
torch::Tensor TorchRun::recall(int state, const torch::TensorOptions& options) const
{
    const auto index = static_cast<size_t>(state);
    if (m_pass.states && m_start > 0)
        return m_pass.states->tensors[index];
    return torch::zeros({std::ssize(m_lengths), m_pass.graph.states[index].width}, options);
}

void TorchRun::replace(int state, const torch::Tensor& row) const
{
    if (m_pass.states)
        m_pass.states->tensors[static_cast<size_t>(state)].copy_(row);
}

torch::Tensor TorchRun::lstm(const Step& step) const
{
    TorchGates gates;
    const size_t count = gates.inputs.size();
    for (size_t gate = 0; gate < count; ++gate) {
        gates.inputs[gate] = input(step, gate);
        gates.matrices[gate] = m_pass.weights.weight(step.slots[gate]);
        if (step.slots.size() > count)
            gates.biases[gate] = m_pass.weights.weight(step.slots[count + gate]);
    }
    const torch::TensorOptions options = gates.inputs[0].options().requires_grad(false);
    TorchCell memory = {recall(step.attributes.hiddenState, options),
                        recall(step.attributes.cellState, options)};
    torch::Tensor hidden = torchLstm(gates, memory, [&](torch::Tensor row) {
        row = asQuantized(step.output, row);
        return m_pass.hiddenHook ? m_pass.hiddenHook(step.output, std::move(row)) : row;
    });
    replace(step.attributes.hiddenState, memory.hidden);
    replace(step.attributes.cellState, memory.cell);
    return hidden;
}

torch::Tensor TorchRun::siluMultiply(const Step& step) const
{
    return torch::silu(input(step, 0)) * input(step, 1);
}

torch::Tensor TorchRun::add(const Step& step) const
{
    return input(step, 0) + input(step, 1);
}

} // namespace bitloom

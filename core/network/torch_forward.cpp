// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/torch_forward.h"

#include "core/error.h"
#include "core/network/blas_kernels.h"
#include "core/network/engine.h"
#include "core/network/operations.h"
#include "core/network/program_steps.h"
#include "core/network/torch_recurrence.h"

#include <algorithm>
#include <dlfcn.h>
#include <limits>
#include <map>
#include <new>
#include <numeric>
#include <string_view>

namespace bitloom {

namespace {

/// Query rows whose scores are held at a time.
constexpr int64_t kAttentionRows = 128;

/// One pass under way: the values computed so far, freed after their last use.
class Forward {
public:
    Forward(const TorchPass& pass, std::span<const int32_t> tokens);
    torch::Tensor run();

    torch::Tensor input(const Step& step, size_t i) const
    {
        return m_values[static_cast<size_t>(step.inputs[i])];
    }
    torch::Tensor embed(const Step& step) const;
    torch::Tensor embedPosition(const Step& step) const;
    torch::Tensor embedType(const Step& step) const;
    torch::Tensor rmsNorm(const Step& step) const;
    torch::Tensor layerNorm(const Step& step) const;
    torch::Tensor linear(const Step& step) const;
    torch::Tensor rope(const Step& step);
    torch::Tensor attention(const Step& step);
    torch::Tensor textAttention(const Step& step) const;
    torch::Tensor pooled(const Step& step, bool mean) const;
    torch::Tensor siluMultiply(const Step& step) const;
    torch::Tensor lstm(const Step& step) const;
    torch::Tensor add(const Step& step) const;

private:
    struct Turn {
        torch::Tensor cosine, sine; ///< [positions, 1, pairs]
    };

    static std::vector<int64_t> lengthsOf(const TorchPass& pass, int64_t tokens);
    torch::Tensor positions(torch::ScalarType type) const;
    void planLiveness();
    void store(int value, torch::Tensor tensor);
    torch::Tensor asRounded(int value, torch::Tensor tensor) const;
    void narrowToLastRow();
    const Turn& turn(int table, const torch::TensorOptions& options);
    const torch::Tensor& causalMask(int64_t rows, const torch::TensorOptions& options);
    torch::Tensor attendCausally(const torch::Tensor& queries, const torch::Tensor& keys,
                                 const torch::Tensor& values, int64_t first);
    torch::Tensor remember(int state, const torch::Tensor& rows) const;
    torch::Tensor recall(int state, const torch::TensorOptions& options) const;
    void replace(int state, const torch::Tensor& row) const;

    const TorchPass& m_pass;
    std::vector<Step> m_steps;
    torch::Tensor m_tokens;
    std::vector<int64_t> m_lengths; ///< positions of each text
    int64_t m_start = 0;            ///< position of the first token
    int64_t m_count = 0;            ///< positions of all texts
    std::vector<torch::Tensor> m_values;
    std::vector<size_t> m_lastUse;            ///< by value: the step after which it is not needed
    size_t m_lastPositionStep = 0;            ///< after it rows no longer see each other
    std::map<int, Turn> m_turns;              ///< by table
    std::map<int64_t, torch::Tensor> m_masks; ///< by rows
};

using TorchRule = torch::Tensor (*)(Forward& forward, const Step& step);

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
    {"embed", [](Forward& f, const Step& s) { return f.embed(s); }},
    {"embed_position", [](Forward& f, const Step& s) { return f.embedPosition(s); }},
    {"embed_type", [](Forward& f, const Step& s) { return f.embedType(s); }},
    {"layer_norm", [](Forward& f, const Step& s) { return f.layerNorm(s); }},
    {"gelu", [](Forward& f, const Step& s) { return torch::gelu(f.input(s, 0)); }},
    {"gelu_new", [](Forward& f, const Step& s) { return torch::gelu(f.input(s, 0), "tanh"); }},
    {"relu", [](Forward& f, const Step& s) { return torch::relu(f.input(s, 0)); }},
    {"rms_norm", [](Forward& f, const Step& s) { return f.rmsNorm(s); }},
    {"linear", [](Forward& f, const Step& s) { return f.linear(s); }},
    {"rope", [](Forward& f, const Step& s) { return f.rope(s); }},
    {"attention", [](Forward& f, const Step& s) { return f.attention(s); }},
    {"text_attention", [](Forward& f, const Step& s) { return f.textAttention(s); }},
    {"tanh", [](Forward& f, const Step& s) { return torch::tanh(f.input(s, 0)); }},
    {"first_row", [](Forward& f, const Step& s) { return f.pooled(s, false); }},
    {"mean_rows", [](Forward& f, const Step& s) { return f.pooled(s, true); }},
    {"normalize", [](Forward& f, const Step& s) { return unitLength(f.input(s, 0)); }},
    {"silu_multiply", [](Forward& f, const Step& s) { return f.siluMultiply(s); }},
    {"lstm", [](Forward& f, const Step& s) { return f.lstm(s); }},
    {"add", [](Forward& f, const Step& s) { return f.add(s); }},
};

TorchRule torchRule(std::string_view name)
{
    for (const TorchOperation& operation : kTorchOperations)
        if (operation.name == name)
            return operation.run;
    throw Error("torch", "the operation " + std::string(name) + " cannot be computed here");
}

std::vector<int64_t> Forward::lengthsOf(const TorchPass& pass, int64_t tokens)
{
    if (pass.lengths.empty())
        return {tokens};
    return {pass.lengths.begin(), pass.lengths.end()};
}

Forward::Forward(const TorchPass& pass, std::span<const int32_t> tokens)
    : m_pass(pass)
    , m_steps(
          stepsBehind(pass.graph, pass.program, pass.given >= 0 ? pass.given : pass.program.input))
    , m_tokens(torch::empty({static_cast<int64_t>(tokens.size())}, torch::kInt64))
    , m_lengths(lengthsOf(pass, static_cast<int64_t>(tokens.size())))
    , m_start(pass.states ? pass.states->length : 0)
    , m_count(std::accumulate(m_lengths.begin(), m_lengths.end(), int64_t{0}))
    , m_values(pass.graph.values.size())
    , m_lastUse(pass.graph.values.size(), 0)
{
    std::copy(tokens.begin(), tokens.end(), m_tokens.data_ptr<int64_t>());
    planLiveness();
    for (const int64_t length : m_lengths)
        if (length != m_lengths.front() && !pass.graph.readsWholeTexts())
            throw Error("torch", "texts that are continued must have one length");
}

void Forward::planLiveness()
{
    for (size_t i = 0; i < m_steps.size(); ++i) {
        for (const int value : m_steps[i].inputs)
            m_lastUse[static_cast<size_t>(value)] = i;
        if (operationNamed(m_steps[i].operation).looksAtPositions)
            m_lastPositionStep = i;
    }
    m_lastUse[static_cast<size_t>(m_pass.program.output)] = m_steps.size();
}

void Forward::store(int value, torch::Tensor tensor)
{
    if (m_pass.hook)
        tensor = m_pass.hook(value, std::move(tensor));
    m_values[static_cast<size_t>(value)] = std::move(tensor);
}

torch::Tensor Forward::asRounded(int value, torch::Tensor tensor) const
{
    const ActivationScheme* scheme = m_pass.weights.rounding(value);
    return scheme ? rounded(tensor, *scheme) : tensor;
}

void Forward::narrowToLastRow()
{
    for (torch::Tensor& value : m_values)
        if (value.defined() && value.size(0) > 1)
            value = value.narrow(0, value.size(0) - 1, 1);
}

torch::Tensor Forward::run()
{
    if (m_pass.given >= 0)
        store(m_pass.given, m_pass.rows);
    else
        store(m_pass.program.input, m_tokens.unsqueeze(1));
    for (size_t i = 0; i < m_steps.size(); ++i) {
        const Step& step = m_steps[i];
        torch::Tensor output = torchRule(step.operation)(*this, step);
        if (!isRecurrent(step)) // else it was, position by position
            output = asRounded(step.output, std::move(output));
        store(step.output, std::move(output));
        for (const int value : step.inputs)
            if (m_lastUse[static_cast<size_t>(value)] == i)
                m_values[static_cast<size_t>(value)].reset();
        if (m_pass.lastRowOnly && i == m_lastPositionStep)
            narrowToLastRow();
    }
    return m_values[static_cast<size_t>(m_pass.program.output)];
}

torch::Tensor Forward::embed(const Step& step) const
{
    return m_pass.weights.rows(step.slots[0], input(step, 0).squeeze(1));
}

/// Of every row: its place in its own text.
torch::Tensor Forward::positions(torch::ScalarType type) const
{
    std::vector<torch::Tensor> parts;
    for (const int64_t length : m_lengths)
        parts.push_back(torch::arange(m_start, m_start + length, type));
    return parts.size() == 1 ? parts.front() : torch::cat(parts, 0);
}

torch::Tensor Forward::embedPosition(const Step& step) const
{
    return m_pass.weights.rows(step.slots[0], positions(torch::kInt64));
}

torch::Tensor Forward::embedType(const Step& step) const
{
    return m_pass.weights.rows(step.slots[0], torch::zeros({m_count}, torch::kInt64));
}

torch::Tensor Forward::rmsNorm(const Step& step) const
{
    const torch::Tensor x = input(step, 0);
    const torch::Tensor square = x.square().mean(-1, /*keepdim=*/true);
    return x * torch::rsqrt(square + step.attributes.epsilon) *
           m_pass.weights.weight(step.slots[0]);
}

torch::Tensor Forward::layerNorm(const Step& step) const
{
    const torch::Tensor x = input(step, 0);
    return torch::layer_norm(x, {x.size(1)}, m_pass.weights.weight(step.slots[0]).view({-1}),
                             m_pass.weights.weight(step.slots[1]).view({-1}),
                             step.attributes.epsilon);
}

torch::Tensor Forward::linear(const Step& step) const
{
    const torch::Tensor product = m_pass.weights.linear(step.slots[0], input(step, 0));
    return step.slots.size() > 1 ? product + m_pass.weights.weight(step.slots[1]) : product;
}

const Forward::Turn& Forward::turn(int table, const torch::TensorOptions& options)
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

torch::Tensor Forward::rope(const Step& step)
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
torch::Tensor Forward::remember(int state, const torch::Tensor& rows) const
{
    if (!m_pass.states)
        return rows;
    const torch::Tensor& cache = m_pass.states->tensors[static_cast<size_t>(state)];
    cache.narrow(0, m_start, m_count).copy_(rows);
    return cache.narrow(0, 0, m_start + m_count);
}

/// −∞ for keys behind the query's position, among the last `rows` of both: [rows, rows].
const torch::Tensor& Forward::causalMask(int64_t rows, const torch::TensorOptions& options)
{
    torch::Tensor& mask = m_masks[rows];
    if (!mask.defined())
        mask = torch::full({rows, rows}, -std::numeric_limits<double>::infinity(), options).triu(1);
    return mask;
}

/// What query rows from `first` on, some hundred at most, take from the values: [texts, rows, heads
/// · size]. Queries [texts, key heads, query heads of each, positions, size]; keys and values
/// [texts, positions, key heads, size], of which they see those up to their own.
torch::Tensor Forward::attendCausally(const torch::Tensor& queries, const torch::Tensor& keys,
                                      const torch::Tensor& values, int64_t first)
{
    const int64_t texts = queries.size(0);
    const int64_t heads = texts * queries.size(1);
    const int64_t shared = queries.size(2);
    const int64_t size = queries.size(4);
    const int64_t rows = std::min(kAttentionRows, queries.size(3) - first);
    const int64_t seen = m_start + first + rows;
    const torch::Tensor query =
        queries.narrow(3, first, rows).reshape({heads, shared * rows, size});
    const torch::Tensor key =
        keys.narrow(1, 0, seen).permute({0, 2, 3, 1}).reshape({heads, size, seen});
    const torch::Tensor value =
        values.narrow(1, 0, seen).permute({0, 2, 1, 3}).reshape({heads, seen, size});
    const torch::Tensor scores = torch::bmm(query, key).view({heads, shared, rows, seen});
    if (rows > 1)
        scores.narrow(3, seen - rows, rows)
            .add_(causalMask(rows, scores.options().requires_grad(false)));
    const torch::Tensor shares = torch::softmax(scores, -1).view({heads, shared * rows, seen});
    return torch::bmm(shares, value)
        .view({texts, queries.size(1), shared, rows, size})
        .permute({0, 3, 1, 2, 4})
        .reshape({texts, rows, queries.size(1) * shared * size});
}

/// All texts together, which have one length.
torch::Tensor Forward::attention(const Step& step)
{
    const Attributes& a = step.attributes;
    const int64_t texts = std::ssize(m_lengths);
    const int64_t length = m_lengths.front();
    const auto remembered = [&](int state, size_t i) {
        return remember(state, input(step, i)).view({texts, -1, a.keyValueHeads, a.headSize});
    };
    const torch::Tensor keys = remembered(a.keyState, 1);
    const torch::Tensor values = remembered(a.valueState, 2);
    const torch::Tensor queries =
        input(step, 0)
            .view({texts, length, a.keyValueHeads, a.heads / a.keyValueHeads, a.headSize})
            .permute({0, 2, 3, 1, 4}) *
        a.scale;
    std::vector<torch::Tensor> parts;
    for (int64_t first = 0; first < length; first += kAttentionRows)
        parts.push_back(attendCausally(queries, keys, values, first));
    return (parts.size() == 1 ? parts.front() : torch::cat(parts, 1)).flatten(0, 1);
}

torch::Tensor Forward::textAttention(const Step& step) const
{
    const Attributes& a = step.attributes;
    std::vector<torch::Tensor> parts;
    int64_t from = 0;
    for (const int64_t length : m_lengths) {
        const auto headed = [&](size_t i, int heads) { // [heads, positions, size]
            return input(step, i)
                .narrow(0, from, length)
                .view({length, heads, a.headSize})
                .permute({1, 0, 2})
                .repeat_interleave(a.heads / heads, 0);
        };
        const torch::Tensor scores =
            torch::bmm(headed(0, a.heads) * a.scale, headed(1, a.keyValueHeads).transpose(1, 2));
        parts.push_back(torch::bmm(torch::softmax(scores, -1), headed(2, a.keyValueHeads))
                            .permute({1, 0, 2})
                            .reshape({length, int64_t{a.heads} * a.headSize}));
        from += length;
    }
    return parts.size() == 1 ? parts.front() : torch::cat(parts, 0);
}

/// One row of each text: its first, or the mean of all.
torch::Tensor Forward::pooled(const Step& step, bool mean) const
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
torch::Tensor Forward::recall(int state, const torch::TensorOptions& options) const
{
    const auto index = static_cast<size_t>(state);
    if (m_pass.states && m_start > 0)
        return m_pass.states->tensors[index];
    return torch::zeros({std::ssize(m_lengths), m_pass.graph.states[index].width}, options);
}

void Forward::replace(int state, const torch::Tensor& row) const
{
    if (m_pass.states)
        m_pass.states->tensors[static_cast<size_t>(state)].copy_(row);
}

torch::Tensor Forward::lstm(const Step& step) const
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
        row = asRounded(step.output, std::move(row));
        return m_pass.hiddenHook ? m_pass.hiddenHook(step.output, std::move(row)) : row;
    });
    replace(step.attributes.hiddenState, memory.hidden);
    replace(step.attributes.cellState, memory.cell);
    return hidden;
}

torch::Tensor Forward::siluMultiply(const Step& step) const
{
    return torch::silu(input(step, 0)) * input(step, 1);
}

torch::Tensor Forward::add(const Step& step) const
{
    return input(step, 0) + input(step, 1);
}

} // namespace

torch::Tensor TorchWeights::rows(int slot, const torch::Tensor& ids)
{
    return torch::embedding(weight(slot), ids);
}

torch::Tensor TorchWeights::linear(int slot, const torch::Tensor& input)
{
    return torch::matmul(input, weight(slot).t());
}

std::vector<std::string_view> torchOperations()
{
    std::vector<std::string_view> names;
    for (const TorchOperation& operation : kTorchOperations)
        names.push_back(operation.name);
    return names;
}

torch::Tensor torchForward(const TorchPass& pass, std::span<const int32_t> tokens)
{
    return Forward(pass, tokens).run();
}

void setTorchThreads(int threads)
{
    chooseBlasKernels();
    using Setter = void (*)(int);
    static const auto setBlasThreads =
        reinterpret_cast<Setter>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"));
    if (setBlasThreads)
        setBlasThreads(threads);
    const int own = setBlasThreads ? 1 : threads;
    if (at::get_num_threads() != own)
        at::set_num_threads(own);
}

torch::Tensor rounded(const torch::Tensor& rows, const ActivationScheme& scheme)
{
    torch::Tensor copy = rows.detach().clone(at::MemoryFormat::Contiguous);
    const int64_t width = copy.size(1);
    float* const first = copy.data_ptr<float>();
    for (int64_t row = 0; row < copy.size(0); ++row)
        scheme.round({first + row * width, static_cast<size_t>(width)});
    return copy;
}

torch::Tensor asTensor(MatrixView view)
{
    // Torch has no constant tensors.
    return torch::from_blob(const_cast<float*>(view.data), {view.rows, view.columns});
}

void withTorchErrors(const char* operation, const std::function<void()>& work)
{
    try {
        work();
    } catch (const Error&) {
        throw;
    } catch (const c10::Error& error) {
        const std::string cause = error.what_without_backtrace();
        if (cause.find("DefaultCPUAllocator") != std::string::npos)
            throw Error(operation, "there is not enough memory");
        throw Error(operation, "torch refused: " + cause.substr(0, cause.find('\n')));
    } catch (const std::bad_alloc&) {
        throw Error(operation, "there is not enough memory");
    } catch (const std::exception& error) {
        throw Error(operation, std::string("torch refused: ") + error.what());
    }
}

} // namespace bitloom

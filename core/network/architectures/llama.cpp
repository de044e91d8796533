// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/architectures/llama.h"

#include "core/error.h"
#include "core/network/graph_check.h"

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

namespace bitloom {

namespace {

std::string shapeText(const Shape& shape)
{
    std::string text;
    for (const int64_t size : shape)
        text += (text.empty() ? "" : " × ") + std::to_string(size);
    return text.empty() ? "a single number" : text;
}

/// Puts a Llama together: slots as their tensors are found, values and steps in execution order.
class LlamaBuilder {
public:
    LlamaBuilder(const LlamaConfiguration& configuration, const Checkpoint& checkpoint)
        : m_c(configuration)
        , m_checkpoint(checkpoint)
    {
    }

    Graph build();

private:
    const StoredTensor& stored(const std::string& name, const Shape& shape) const;
    int slot(const std::string& name, Role role, const Shape& shape, int fuseGroup = -1);
    int value(const std::string& name, int64_t width);
    int state(const std::string& name);
    /// Appends a step and returns the value it writes.
    int step(std::string_view operation, std::vector<int> inputs, std::vector<int> slots,
             const std::string& output, int64_t width, const Attributes& attributes = {});

    int norm(int input, const std::string& slotName, const std::string& output);
    int rope(int input, int heads, const std::string& output);
    int block(int input);
    int attention(int input);
    int feedForward(int input);

    const LlamaConfiguration& m_c;
    const Checkpoint& m_checkpoint;
    Graph m_graph;
    Program m_program;
    int m_block = -1;
    std::string m_slotPrefix;  ///< of the block being built: "model.layers.3."
    std::string m_valuePrefix; ///< "blocks.3."
};

const StoredTensor& LlamaBuilder::stored(const std::string& name, const Shape& shape) const
{
    const StoredTensor* tensor = m_checkpoint.find(name);
    if (!tensor)
        throw Error("llama", "tensor " + name + " is missing from " + m_checkpoint.path);
    if (tensor->shape != shape) {
        const std::string file =
            tensor->file ? ", in " + std::filesystem::path(tensor->file->path()).filename().string()
                         : "";
        throw Error("llama", "tensor " + name + " is " + shapeText(tensor->shape) + ", should be " +
                                 shapeText(shape) + file);
    }
    return *tensor;
}

int LlamaBuilder::slot(const std::string& name, Role role, const Shape& shape, int fuseGroup)
{
    const StoredTensor& tensor = stored(name + ".weight", shape);
    Slot made;
    made.name = name;
    made.tensor = tensor.name;
    made.role = role;
    made.block = m_block;
    made.rows = tensor.rows();
    made.columns = tensor.columns();
    made.quantizable = shape.size() == 2;
    made.fuseGroup = fuseGroup;
    m_graph.slots.push_back(made);
    return static_cast<int>(m_graph.slots.size()) - 1;
}

int LlamaBuilder::value(const std::string& name, int64_t width)
{
    m_graph.values.push_back({name, width});
    return static_cast<int>(m_graph.values.size()) - 1;
}

int LlamaBuilder::state(const std::string& name)
{
    m_graph.states.push_back(
        {State::Kind::Append, name, int64_t{m_c.keyValueHeads} * m_c.headSize});
    return static_cast<int>(m_graph.states.size()) - 1;
}

int LlamaBuilder::step(std::string_view operation, std::vector<int> inputs, std::vector<int> slots,
                       const std::string& output, int64_t width, const Attributes& attributes)
{
    const int written = value(output, width);
    m_program.steps.push_back(
        {operation, std::move(inputs), written, std::move(slots), attributes, m_block});
    return written;
}

int LlamaBuilder::norm(int input, const std::string& slotName, const std::string& output)
{
    Attributes attributes;
    attributes.epsilon = m_c.epsilon;
    return step("rms_norm", {input}, {slot(slotName, Role::Norm, {m_c.hidden})}, output, m_c.hidden,
                attributes);
}

int LlamaBuilder::rope(int input, int heads, const std::string& output)
{
    Attributes attributes;
    attributes.heads = heads;
    attributes.headSize = m_c.headSize;
    attributes.ropeTable = 0;
    return step("rope", {input}, {}, output, int64_t{heads} * m_c.headSize, attributes);
}

int LlamaBuilder::attention(int input)
{
    const std::string slots = m_slotPrefix + "self_attn.";
    const std::string values = m_valuePrefix + "attention.";
    const int64_t width = int64_t{m_c.heads} * m_c.headSize;
    const int64_t keyWidth = int64_t{m_c.keyValueHeads} * m_c.headSize;
    const int group = 2 * m_block;
    const int q = slot(slots + "q_proj", Role::AttentionQuery, {width, m_c.hidden}, group);
    const int k = slot(slots + "k_proj", Role::AttentionKey, {keyWidth, m_c.hidden}, group);
    const int v = slot(slots + "v_proj", Role::AttentionValue, {keyWidth, m_c.hidden}, group);
    const int o = slot(slots + "o_proj", Role::AttentionOutput, {m_c.hidden, width});

    const int query = step("linear", {input}, {q}, values + "query", width);
    const int key = step("linear", {input}, {k}, values + "key", keyWidth);
    const int mixed = step("linear", {input}, {v}, values + "value", keyWidth);
    const int turnedQuery = rope(query, m_c.heads, values + "rotated_query");
    const int turnedKey = rope(key, m_c.keyValueHeads, values + "rotated_key");

    Attributes attributes;
    attributes.scale = 1 / std::sqrt(static_cast<double>(m_c.headSize));
    attributes.heads = m_c.heads;
    attributes.keyValueHeads = m_c.keyValueHeads;
    attributes.headSize = m_c.headSize;
    attributes.keyState = state(m_valuePrefix + "keys");
    attributes.valueState = state(m_valuePrefix + "values");
    const int read = step("attention", {turnedQuery, turnedKey, mixed}, {}, values + "mixture",
                          width, attributes);
    return step("linear", {read}, {o}, values + "output", m_c.hidden);
}

int LlamaBuilder::feedForward(int input)
{
    const std::string slots = m_slotPrefix + "mlp.";
    const std::string values = m_valuePrefix + "feed_forward.";
    const int group = 2 * m_block + 1;
    const Shape inner = {m_c.feedForward, m_c.hidden};
    const int gate = slot(slots + "gate_proj", Role::FeedForwardGate, inner, group);
    const int up = slot(slots + "up_proj", Role::FeedForwardUp, inner, group);
    const int down =
        slot(slots + "down_proj", Role::FeedForwardDown, {m_c.hidden, m_c.feedForward});
    const int opened = step("linear", {input}, {gate}, values + "gate", m_c.feedForward);
    const int raised = step("linear", {input}, {up}, values + "up", m_c.feedForward);
    const int product =
        step("silu_multiply", {opened, raised}, {}, values + "product", m_c.feedForward);
    return step("linear", {product}, {down}, values + "output", m_c.hidden);
}

int LlamaBuilder::block(int input)
{
    m_slotPrefix = "model.layers." + std::to_string(m_block) + ".";
    m_valuePrefix = "blocks." + std::to_string(m_block) + ".";
    const int calm =
        norm(input, m_slotPrefix + "input_layernorm", m_valuePrefix + "attention.norm");
    const int read = attention(calm);
    const int between =
        step("add", {input, read}, {}, m_valuePrefix + "attention.residual", m_c.hidden);
    const int calmer = norm(between, m_slotPrefix + "post_attention_layernorm",
                            m_valuePrefix + "feed_forward.norm");
    const int thought = feedForward(calmer);
    return step("add", {between, thought}, {}, m_valuePrefix + "residual", m_c.hidden);
}

Graph LlamaBuilder::build()
{
    m_graph.vocabulary = m_c.vocabulary;
    m_graph.contextLength = m_c.context;
    m_graph.blocks = m_c.blocks;
    m_graph.ropeTables.push_back({m_c.inverseFrequencies()});
    m_program.name = "decode";
    m_program.input = value("tokens", 1);
    const Shape table = {m_c.vocabulary, m_c.hidden};
    const int words = slot("model.embed_tokens", Role::TokenEmbedding, table);
    int stream = step("embed", {m_program.input}, {words}, "embedding", m_c.hidden);
    for (m_block = 0; m_block < m_c.blocks; ++m_block)
        stream = block(stream);
    m_block = -1;
    const int last = norm(stream, "model.norm", "norm");
    const bool tied = m_c.tied || !m_checkpoint.find("lm_head.weight");
    const int head = tied ? words : slot("lm_head", Role::OutputHead, table);
    m_program.output = step("linear", {last}, {head}, "logits", m_c.vocabulary);
    m_graph.programs.push_back(std::move(m_program));
    return std::move(m_graph);
}

/// Tensors that a Llama checkpoint may hold and that mean nothing to the network: buffers, the
/// unused head of a tied model, the rope factors of a GGUF (part of its configuration).
bool meansNothing(const std::string& name, bool tied)
{
    return name.ends_with("rotary_emb.inv_freq") || name == "rope_freqs.weight" ||
           (tied && name == "lm_head.weight");
}

void checkAllUsed(const Graph& graph, const Checkpoint& checkpoint, bool tied)
{
    for (const StoredTensor& tensor : checkpoint.tensors) {
        const bool used = tensor.name.ends_with(".weight") &&
                          graph.findSlot(tensor.name.substr(0, tensor.name.size() - 7)) >= 0;
        if (!used && !meansNothing(tensor.name, tied))
            throw Error("llama", "tensor " + tensor.name + " in " + checkpoint.path +
                                     " has no place in the network that config.json describes");
    }
}

} // namespace

Graph buildLlama(const nlohmann::json& configuration, const Checkpoint& checkpoint)
{
    const LlamaConfiguration numbers(configuration);
    Graph graph = LlamaBuilder(numbers, checkpoint).build();
    checkAllUsed(graph, checkpoint, numbers.tied);
    fillUses(graph);
    checkGraph(graph);
    return graph;
}

} // namespace bitloom

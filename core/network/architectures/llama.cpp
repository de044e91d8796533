// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/architectures/llama.h"

#include "core/network/architectures/graph_builder.h"
#include "core/network/architectures/llama_gguf_names.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace bitloom {

namespace {

/// The family's name in Errors.
constexpr std::string_view kFamily = "llama";

/// Puts a Llama together.
class LlamaBuilder : private GraphBuilder {
public:
    LlamaBuilder(const LlamaConfiguration& configuration, const Checkpoint& checkpoint)
        : GraphBuilder(kFamily, checkpoint, &kLlamaGgufNames)
        , m_c(configuration)
    {
    }

    Graph build();

private:
    int weight(const std::string& name, Role role, const Shape& shape);
    int cache(const std::string& name);
    int norm(int input, const std::string& slotName, const std::string& output);
    int rope(int input, int heads, const std::string& output);
    int block(int input);
    int attention(int input);
    int feedForward(int input);

    const LlamaConfiguration& m_c;
    std::string m_slotPrefix;  ///< of the block being built: "model.layers.3."
    std::string m_valuePrefix; ///< "blocks.3."
};

int LlamaBuilder::weight(const std::string& name, Role role, const Shape& shape)
{
    return slot(name, stored(name + ".weight", shape), role);
}

int LlamaBuilder::cache(const std::string& name)
{
    return state(name, int64_t{m_c.keyValueHeads} * m_c.headSize);
}

int LlamaBuilder::norm(int input, const std::string& slotName, const std::string& output)
{
    Attributes attributes;
    attributes.epsilon = m_c.epsilon;
    return step("rms_norm", {input}, {weight(slotName, Role::Norm, {m_c.hidden})}, output,
                m_c.hidden, attributes);
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
    const int q = weight(slots + "q_proj", Role::AttentionQuery, {width, m_c.hidden});
    const int k = weight(slots + "k_proj", Role::AttentionKey, {keyWidth, m_c.hidden});
    const int v = weight(slots + "v_proj", Role::AttentionValue, {keyWidth, m_c.hidden});
    const int o = weight(slots + "o_proj", Role::AttentionOutput, {m_c.hidden, width});

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
    attributes.keyState = cache(m_valuePrefix + "keys");
    attributes.valueState = cache(m_valuePrefix + "values");
    const int read = step("attention", {turnedQuery, turnedKey, mixed}, {}, values + "mixture",
                          width, attributes);
    return step("linear", {read}, {o}, values + "output", m_c.hidden);
}

int LlamaBuilder::feedForward(int input)
{
    const std::string slots = m_slotPrefix + "mlp.";
    const std::string values = m_valuePrefix + "feed_forward.";
    const Shape inner = {m_c.feedForward, m_c.hidden};
    const int gate = weight(slots + "gate_proj", Role::FeedForwardGate, inner);
    const int up = weight(slots + "up_proj", Role::FeedForwardUp, inner);
    const int down =
        weight(slots + "down_proj", Role::FeedForwardDown, {m_c.hidden, m_c.feedForward});
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
    const int words = weight("model.embed_tokens", Role::TokenEmbedding, table);
    int stream = step("embed", {m_program.input}, {words}, "embedding", m_c.hidden);
    for (m_block = 0; m_block < m_c.blocks; ++m_block)
        stream = block(stream);
    m_block = -1;
    m_program.output = logits(norm(stream, "model.norm", "norm"), "lm_head", words, m_c.tied);
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

} // namespace

Graph buildLlama(const nlohmann::json& configuration, const Checkpoint& checkpoint)
{
    const LlamaConfiguration numbers(configuration);
    return finished(
        kFamily, LlamaBuilder(numbers, checkpoint).build(), checkpoint,
        [&](const std::string& name) { return meansNothing(name, numbers.tied); },
        &kLlamaGgufNames);
}

} // namespace bitloom

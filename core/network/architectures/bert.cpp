// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/architectures/bert.h"

#include "core/network/architectures/bert_configuration.h"
#include "core/network/architectures/configuration.h"
#include "core/network/architectures/configuration_fields.h"
#include "core/network/architectures/graph_builder.h"
#include "core/network/operations.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

namespace bitloom {

namespace {

using field::nothing;
using field::only;
using field::read;
using nlohmann::json;

/// The family's name in Errors.
constexpr std::string_view kFamily = "bert";
constexpr std::string_view kPrefix = "bert.";

/// Of BertConfig, and of the first files, which say more about their pooler than was ever read.
constexpr std::array kFields = {
    only("model_type", R"("bert")"),
    read("vocab_size"),
    read("hidden_size"),
    read("intermediate_size"),
    read("num_hidden_layers"),
    read("num_attention_heads"),
    read("max_position_embeddings"),
    read("type_vocab_size"),
    read("layer_norm_eps"),
    // Activations are operations of the same name.
    only("hidden_act", kGelusAndRelu),
    only("position_embedding_type", R"("absolute")"),
    only("is_decoder", "false"),
    only("directionality", R"("bidi")"),
    nothing("tie_word_embeddings"),
    nothing("hidden_dropout_prob"),
    nothing("attention_probs_dropout_prob"),
    nothing("pooler_fc_size"),
    nothing("pooler_num_attention_heads"),
    nothing("pooler_num_fc_layers"),
    nothing("pooler_size_per_head"),
    nothing("pooler_type"),
};

std::string prefixOf(const Checkpoint& checkpoint)
{
    const bool prefixed = std::ranges::any_of(checkpoint.tensors, [](const StoredTensor& tensor) {
        return tensor.inIndex && tensor.name.starts_with(kPrefix);
    });
    return std::string(prefixed ? kPrefix : "");
}

/// Puts a BERT together.
class BertBuilder : private GraphBuilder {
public:
    BertBuilder(const BertConfiguration& configuration, const Checkpoint& checkpoint)
        : GraphBuilder(kFamily, checkpoint)
        , m_c(configuration)
        , m_prefix(prefixOf(checkpoint))
    {
    }

    Graph build();

private:
    std::string placeOf(const std::string& name) const;
    int linear(int input, const std::string& name, int64_t outputs, Role role,
               const std::string& output);
    int norm(int input, const std::string& name, const std::string& output);
    int table(const std::string& name, int64_t rows, Role role);
    int embeddings();
    int attention(int input);
    int block(int input);
    int head(int input);
    void keepUnused();

    const BertConfiguration& m_c;
    std::string m_prefix;      ///< of tensor names
    std::string m_slotPrefix;  ///< of the block being built: "encoder.layer.3."
    std::string m_valuePrefix; ///< "blocks.3."
};

/// The name of a tensor: the head's stand beside the prefixed network.
std::string BertBuilder::placeOf(const std::string& name) const
{
    return (name.starts_with("classifier") ? "" : m_prefix) + name;
}

int BertBuilder::linear(int input, const std::string& name, int64_t outputs, Role role,
                        const std::string& output)
{
    const int64_t inputs = m_graph.value(input).width;
    const int weight = slot(name, stored(placeOf(name) + ".weight", {outputs, inputs}), role);
    const int bias = slot(name + ".bias", stored(placeOf(name) + ".bias", {outputs}), Role::Bias);
    return step("linear", {input}, {weight, bias}, output, outputs);
}

/// Old checkpoints call the two vectors of a norm gamma and beta.
int BertBuilder::norm(int input, const std::string& name, const std::string& output)
{
    Attributes attributes;
    attributes.epsilon = m_c.epsilon;
    const std::string place = placeOf(name);
    const bool old = m_checkpoint.find(place + ".gamma") != nullptr;
    const StoredTensor& gain = stored(place + (old ? ".gamma" : ".weight"), {m_c.hidden});
    const StoredTensor& shift = stored(place + (old ? ".beta" : ".bias"), {m_c.hidden});
    const std::vector<int> slots = {slot(name, gain, Role::Norm),
                                    slot(name + ".bias", shift, Role::Bias)};
    return step("layer_norm", {input}, slots, output, m_c.hidden, attributes);
}

int BertBuilder::table(const std::string& name, int64_t rows, Role role)
{
    const std::string slotName = "embeddings." + name;
    return slot(slotName, stored(placeOf(slotName) + ".weight", {rows, m_c.hidden}), role);
}

/// What the first block reads; a value to be given where the checkpoint has no tables.
int BertBuilder::embeddings()
{
    m_program.readsTokens = m_checkpoint.find(placeOf("embeddings.word_embeddings.weight"));
    if (!m_program.readsTokens)
        return m_program.input = value("embeddings", m_c.hidden);
    m_program.input = value("tokens", 1);
    const auto lookUp = [&](std::string_view operation, const std::string& name, int64_t rows,
                            Role role, const std::string& output) {
        return step(operation, {m_program.input}, {table(name, rows, role)}, output, m_c.hidden);
    };
    const int word =
        lookUp("embed", "word_embeddings", m_c.vocabulary, Role::TokenEmbedding, "word_embedding");
    const int place = lookUp("embed_position", "position_embeddings", m_c.places,
                             Role::PositionEmbedding, "position_embedding");
    const int type = lookUp("embed_type", "token_type_embeddings", m_c.types, Role::TypeEmbedding,
                            "type_embedding");
    const int typed = step("add", {word, type}, {}, "typed_embedding", m_c.hidden);
    const int placed = step("add", {typed, place}, {}, "placed_embedding", m_c.hidden);
    return norm(placed, "embeddings.LayerNorm", "embeddings");
}

int BertBuilder::attention(int input)
{
    const std::string slots = m_slotPrefix + "attention.self.";
    const std::string values = m_valuePrefix + "attention.";
    const int query =
        linear(input, slots + "query", m_c.hidden, Role::AttentionQuery, values + "query");
    const int key = linear(input, slots + "key", m_c.hidden, Role::AttentionKey, values + "key");
    const int mixed =
        linear(input, slots + "value", m_c.hidden, Role::AttentionValue, values + "value");
    Attributes attributes;
    attributes.scale = 1 / std::sqrt(static_cast<double>(m_c.headSize()));
    attributes.heads = m_c.heads;
    attributes.keyValueHeads = m_c.heads;
    attributes.headSize = static_cast<int>(m_c.headSize());
    const int read =
        step("text_attention", {query, key, mixed}, {}, values + "mixture", m_c.hidden, attributes);
    return linear(read, m_slotPrefix + "attention.output.dense", m_c.hidden, Role::AttentionOutput,
                  values + "output");
}

int BertBuilder::block(int input)
{
    m_slotPrefix = "encoder.layer." + std::to_string(m_block) + ".";
    m_valuePrefix = "blocks." + std::to_string(m_block) + ".";
    const std::string values = m_valuePrefix + "feed_forward.";
    const int read = attention(input);
    const int sum = step("add", {input, read}, {}, m_valuePrefix + "attention.sum", m_c.hidden);
    const int between = norm(sum, m_slotPrefix + "attention.output.LayerNorm",
                             m_valuePrefix + "attention.residual");
    const int raised = linear(between, m_slotPrefix + "intermediate.dense", m_c.feedForward,
                              Role::FeedForwardUp, values + "up");
    const int bent = step(operationNamed(m_c.activation).name, {raised}, {}, values + "activation",
                          m_c.feedForward);
    const int thought = linear(bent, m_slotPrefix + "output.dense", m_c.hidden,
                               Role::FeedForwardDown, values + "output");
    const int whole = step("add", {between, thought}, {}, values + "sum", m_c.hidden);
    return norm(whole, m_slotPrefix + "output.LayerNorm", m_valuePrefix + "residual");
}

int BertBuilder::head(int input)
{
    if (m_c.head == BertHead::Embedding) {
        const std::string_view pool = m_c.pooledByMean ? "mean_rows" : "first_row";
        const int pooled =
            step(pool, {input}, {}, m_c.normalised ? "pooled" : "embedding", m_c.hidden);
        return m_c.normalised ? step("normalize", {pooled}, {}, "embedding", m_c.hidden) : pooled;
    }
    const int first = step("first_row", {input}, {}, "pooler.input", m_c.hidden);
    const int dense = linear(first, "pooler.dense", m_c.hidden, Role::Pooler, "pooler.output");
    const int bent = step("tanh", {dense}, {}, "pooled", m_c.hidden);
    return linear(bent, "classifier", static_cast<int64_t>(m_c.labels.size()), Role::OutputHead,
                  "logits");
}

/// Tensors of other heads: there to be seen, and kept in a file that is written.
void BertBuilder::keepUnused()
{
    for (const StoredTensor& tensor : m_checkpoint.tensors) {
        const bool used = std::any_of(m_graph.slots.begin(), m_graph.slots.end(),
                                      [&](const Slot& slot) { return slot.tensor == tensor.name; });
        if (used || !isOtherHead(tensor.name.substr(
                        tensor.name.starts_with(m_prefix) ? m_prefix.size() : 0)))
            continue;
        const bool weight = tensor.name.ends_with(".weight");
        slot(weight ? tensor.name.substr(0, tensor.name.size() - 7) : tensor.name, tensor,
             Role::Unused);
    }
}

Graph BertBuilder::build()
{
    m_graph.vocabulary = m_c.vocabulary;
    m_graph.contextLength = m_c.context;
    m_graph.blocks = m_c.blocks;
    m_graph.labels = m_c.labels;
    m_graph.output = m_c.head == BertHead::Embedding ? OutputKind::Embedding : OutputKind::Class;
    m_program.name = "encode";
    int stream = embeddings();
    for (m_block = 0; m_block < m_c.blocks; ++m_block)
        stream = block(stream);
    m_block = -1;
    m_program.output = head(stream);
    keepUnused();
    m_graph.programs.push_back(std::move(m_program));
    return std::move(m_graph);
}

} // namespace

bool isBert(const json& configuration)
{
    return architectureName(configuration).starts_with("Bert") ||
           modelType(configuration) == "bert";
}

std::string bertUnsupported(const json& configuration, const Checkpoint& checkpoint)
{
    if (std::string reason = headUnsupported(configuration, checkpoint); !reason.empty())
        return reason;
    const BertConfiguration numbers(configuration, checkpoint);
    if (std::string problem = fieldsUnsupported(configuration, {kFields, commonFields()});
        !problem.empty())
        return problem;
    if (numbers.headSize() % 2 != 0)
        return "hidden_size and num_attention_heads give heads an odd size, " +
               std::to_string(numbers.headSize()) + ", which is not supported";
    return {};
}

Graph buildBert(const json& configuration, const Checkpoint& checkpoint)
{
    const BertConfiguration numbers(configuration, checkpoint);
    return finished(
        kFamily, BertBuilder(numbers, checkpoint).build(), checkpoint,
        [](const std::string& name) { return name.ends_with("embeddings.position_ids"); });
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/architectures/bert.h"

#include "core/network/architectures/bert_configuration.h"
#include "core/network/architectures/configuration.h"
#include "core/network/architectures/configuration_fields.h"
#include "core/network/architectures/families.h"
#include "core/network/architectures/transformer_builder.h"

#include <algorithm>
#include <array>
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

constexpr TransformerNames kNames = {
    .block = "encoder.layer.",
    .attentionNorm = "attention.output.LayerNorm",
    .query = "attention.self.query",
    .key = "attention.self.key",
    .value = "attention.self.value",
    .attentionOutput = "attention.output.dense",
    .feedForwardNorm = "output.LayerNorm",
    .up = "intermediate.dense",
    .down = "output.dense",
};

Transformer transformerOf(const BertConfiguration& c, const Checkpoint& checkpoint)
{
    Transformer t;
    t.vocabulary = c.vocabulary;
    t.context = c.context;
    t.hidden = c.hidden;
    t.blocks = c.blocks;
    t.epsilon = c.epsilon;
    t.norm = NormKind::Layer;
    t.normPlace = NormPlace::After;
    t.attention = {c.heads, c.heads, static_cast<int>(c.headSize())};
    t.attention.causal = false;
    t.attention.biased = t.attention.outputBiased = true;
    t.feedForward = {c.feedForward, c.activation, /*biased=*/true};
    t.prefix = prefixOf(checkpoint);
    t.names = kNames;
    return t;
}

/// Puts a BERT together: its own embeddings and heads around blocks like those of others.
class BertBuilder : private TransformerBuilder {
public:
    BertBuilder(const BertConfiguration& configuration, const Checkpoint& checkpoint)
        : TransformerBuilder(kFamily, checkpoint, transformerOf(configuration, checkpoint))
        , m_c(configuration)
    {
        m_graph.labels = m_c.labels;
        m_graph.output =
            m_c.head == BertHead::Embedding ? OutputKind::Embedding : OutputKind::Class;
    }

    Graph build();

private:
    std::string tensorOf(const std::string& name) const override;
    int embeddings();
    int head(int input);
    void keepUnused();

    const BertConfiguration& m_c;
};

/// The head's tensors stand beside the prefixed network. Old checkpoints call the two vectors of a
/// norm gamma and beta.
std::string BertBuilder::tensorOf(const std::string& name) const
{
    std::string tensor = (name.starts_with("classifier") ? "" : m_t.prefix) + name;
    const std::string stem = tensor.substr(0, tensor.rfind('.'));
    if (m_checkpoint.find(stem + ".gamma"))
        tensor = stem + (name.ends_with(".weight") ? ".gamma" : ".beta");
    return tensor;
}

/// What the first block reads; a value to be given where the checkpoint has no tables.
int BertBuilder::embeddings()
{
    m_program.readsTokens = m_checkpoint.find(tensorOf("embeddings.word_embeddings.weight"));
    if (!m_program.readsTokens)
        return m_program.input = value("embeddings", m_c.hidden);
    m_program.input = value("tokens", 1);
    const int words = table("embeddings.word_embeddings", m_c.vocabulary, Role::TokenEmbedding);
    const int positions =
        table("embeddings.position_embeddings", m_c.positions, Role::PositionEmbedding);
    const int types = table("embeddings.token_type_embeddings", m_c.types, Role::TypeEmbedding);
    const int word = lookUp("embed", words, "word_embedding");
    const int position = lookUp("embed_position", positions, "position_embedding");
    const int type = lookUp("embed_type", types, "type_embedding");
    const int typed = add(word, type, "typed_embedding");
    const int placed = add(typed, position, "placed_embedding");
    return norm(placed, "embeddings.LayerNorm", "embeddings");
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
    const int dense =
        linear(first, {"pooler.dense", m_c.hidden, Role::Pooler, /*biased=*/true}, "pooler.output");
    const int pooled = step("tanh", {dense}, {}, "pooled", m_c.hidden);
    const auto classes = static_cast<int64_t>(m_c.labels.size());
    return linear(pooled, {"classifier", classes, Role::OutputHead, /*biased=*/true}, "logits");
}

/// Tensors of other heads: there to be seen, and kept in a file that is written.
void BertBuilder::keepUnused()
{
    for (const StoredTensor& tensor : m_checkpoint.tensors) {
        const bool used = std::any_of(m_graph.slots.begin(), m_graph.slots.end(),
                                      [&](const Slot& slot) { return slot.tensor == tensor.name; });
        if (used || !isOtherHead(tensor.name.substr(
                        tensor.name.starts_with(m_t.prefix) ? m_t.prefix.size() : 0)))
            continue;
        const bool weight = tensor.name.ends_with(".weight");
        slot(weight ? tensor.name.substr(0, tensor.name.size() - 7) : tensor.name, tensor,
             Role::Unused);
    }
}

Graph BertBuilder::build()
{
    const int output = head(blocks(embeddings()));
    keepUnused();
    return graphOf("encode", output);
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

Architecture bertArchitecture()
{
    return {"bert",  "BERT",          "classifiers and sentence encoders",
            isBert,  bertUnsupported, buildBert,
            nullptr, nullptr,         nullptr};
}

} // namespace bitloom

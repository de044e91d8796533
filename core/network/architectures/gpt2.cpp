// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/architectures/gpt2.h"

#include "core/network/architectures/configuration.h"
#include "core/network/architectures/configuration_fields.h"
#include "core/network/architectures/gpt2_gguf_names.h"
#include "core/network/architectures/graph_builder.h"
#include "core/network/architectures/tied_head.h"
#include "core/network/operations.h"

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

namespace bitloom {

namespace {

using field::nothing;
using field::only;
using field::read;
using nlohmann::json;

/// The family's name in Errors.
constexpr std::string_view kFamily = "gpt2";
constexpr std::string_view kPrefix = "transformer.";

/// Of GPT2Config.
constexpr std::array kFields = {
    only("model_type", R"("gpt2")"),
    read("vocab_size"),
    read("n_positions"),
    read("n_embd"),
    read("n_layer"),
    read("n_head"),
    read("n_inner"),
    read("layer_norm_epsilon"),
    read("tie_word_embeddings"),
    // Activations are operations of the same name.
    only("activation_function", kGelusAndRelu),
    only("scale_attn_weights", "true"),
    only("scale_attn_by_inverse_layer_idx", "false"),
    only("reorder_and_upcast_attn", "false"),
    nothing("n_ctx"),
    nothing("is_decoder"),
    nothing("summary_type"),
    nothing("summary_use_proj"),
    nothing("summary_activation"),
    nothing("summary_proj_to_labels"),
    nothing("summary_first_dropout"),
};
/// Transformers also takes the names that other networks use.
constexpr std::array<std::pair<const char*, const char*>, 4> kOtherNames = {{
    {"hidden_size", "n_embd"},
    {"max_position_embeddings", "n_positions"},
    {"num_attention_heads", "n_head"},
    {"num_hidden_layers", "n_layer"},
}};

json inOwnNames(json configuration)
{
    for (const auto& [other, own] : kOtherNames) {
        const auto found = configuration.find(other);
        if (found == configuration.end())
            continue;
        const json value = *found;
        configuration.erase(found);
        if (value.is_null())
            continue;
        const ConfigurationReader read(kFamily, configuration);
        if (read.has(own) && configuration.at(own) != value)
            read.refuse(std::string("says ") + own + " is " + configuration.at(own).dump() +
                        " and " + other + ", another name for it, is " + value.dump());
        configuration[own] = value;
    }
    return configuration;
}

std::string prefixOf(const Checkpoint& checkpoint)
{
    return std::string(checkpoint.find(std::string(kPrefix) + "wte.weight") ? kPrefix : "");
}

/// Puts a GPT-2 together.
class Gpt2Builder : private GraphBuilder {
public:
    Gpt2Builder(const Gpt2Configuration& configuration, const Checkpoint& checkpoint)
        : GraphBuilder(kFamily, checkpoint, &kGpt2GgufNames)
        , m_c(configuration)
        , m_prefix(prefixOf(checkpoint))
        , m_turned(checkpoint.format != "gguf")
    {
    }

    Graph build();

private:
    /// A part of a Conv1D: its weight and bias as slots "NAME[.VIEW]" and "NAME.bias[.VIEW]".
    struct Conv {
        std::string name;
        int64_t inputs = 0;
        int64_t outputs = 0; ///< of the whole tensor
        std::string part;    ///< the view's name, or empty: the whole
        int64_t first = 0;
        int64_t count = 0;
    };

    int conv(int input, const Conv& shape, Role role, const std::string& output);
    int norm(int input, const std::string& name, const std::string& output);
    int attention(int input);
    int feedForward(int input);
    int block(int input);

    const Gpt2Configuration& m_c;
    std::string m_prefix;      ///< of tensor names
    bool m_turned;             ///< matrices of blocks are stored inputs × outputs
    std::string m_slotPrefix;  ///< of the block being built: "h.3."
    std::string m_valuePrefix; ///< "blocks.3."
};

int Gpt2Builder::conv(int input, const Conv& shape, Role role, const std::string& output)
{
    const Shape stands = {shape.outputs, shape.inputs};
    const Shape lies = {shape.inputs, shape.outputs};
    const std::string suffix = shape.part.empty() ? "" : "." + shape.part;
    const StoredTensor& weights =
        stored(m_prefix + shape.name + ".weight", m_turned ? lies : stands);
    const StoredTensor& biases = stored(m_prefix + shape.name + ".bias", {shape.outputs});
    const int weight =
        slot(shape.name + suffix, weights, role, {m_turned, shape.first, shape.count});
    const int bias =
        slot(shape.name + ".bias" + suffix, biases, Role::Bias, {false, shape.first, shape.count});
    return step("linear", {input}, {weight, bias}, output,
                shape.count > 0 ? shape.count : shape.outputs);
}

int Gpt2Builder::norm(int input, const std::string& name, const std::string& output)
{
    Attributes attributes;
    attributes.epsilon = m_c.epsilon;
    const int weight = slot(name, stored(m_prefix + name + ".weight", {m_c.hidden}), Role::Norm);
    const int bias =
        slot(name + ".bias", stored(m_prefix + name + ".bias", {m_c.hidden}), Role::Bias);
    return step("layer_norm", {input}, {weight, bias}, output, m_c.hidden, attributes);
}

int Gpt2Builder::attention(int input)
{
    const std::string slots = m_slotPrefix + "attn.";
    const std::string values = m_valuePrefix + "attention.";
    const int64_t width = m_c.hidden;
    const auto third = [&](const char* part, int64_t index) {
        return Conv{slots + "c_attn", width, 3 * width, part, index * width, width};
    };
    const int query = conv(input, third("q", 0), Role::AttentionQuery, values + "query");
    const int key = conv(input, third("k", 1), Role::AttentionKey, values + "key");
    const int mixed = conv(input, third("v", 2), Role::AttentionValue, values + "value");

    Attributes attributes;
    attributes.scale = 1 / std::sqrt(static_cast<double>(m_c.headSize()));
    attributes.heads = m_c.heads;
    attributes.keyValueHeads = m_c.heads;
    attributes.headSize = static_cast<int>(m_c.headSize());
    attributes.keyState = state(m_valuePrefix + "keys", width);
    attributes.valueState = state(m_valuePrefix + "values", width);
    const int read =
        step("attention", {query, key, mixed}, {}, values + "mixture", width, attributes);
    return conv(read, {slots + "c_proj", width, width, {}, 0, 0}, Role::AttentionOutput,
                values + "output");
}

int Gpt2Builder::feedForward(int input)
{
    const std::string slots = m_slotPrefix + "mlp.";
    const std::string values = m_valuePrefix + "feed_forward.";
    const int raised = conv(input, {slots + "c_fc", m_c.hidden, m_c.feedForward, {}, 0, 0},
                            Role::FeedForwardUp, values + "up");
    const int bent = step(operationNamed(m_c.activation).name, {raised}, {}, values + "activation",
                          m_c.feedForward);
    return conv(bent, {slots + "c_proj", m_c.feedForward, m_c.hidden, {}, 0, 0},
                Role::FeedForwardDown, values + "output");
}

int Gpt2Builder::block(int input)
{
    m_slotPrefix = "h." + std::to_string(m_block) + ".";
    m_valuePrefix = "blocks." + std::to_string(m_block) + ".";
    const int calm = norm(input, m_slotPrefix + "ln_1", m_valuePrefix + "attention.norm");
    const int read = attention(calm);
    const int between =
        step("add", {input, read}, {}, m_valuePrefix + "attention.residual", m_c.hidden);
    const int calmer = norm(between, m_slotPrefix + "ln_2", m_valuePrefix + "feed_forward.norm");
    const int thought = feedForward(calmer);
    return step("add", {between, thought}, {}, m_valuePrefix + "residual", m_c.hidden);
}

Graph Gpt2Builder::build()
{
    m_graph.vocabulary = m_c.vocabulary;
    m_graph.contextLength = m_c.context;
    m_graph.blocks = m_c.blocks;
    m_program.name = "decode";
    m_program.input = value("tokens", 1);
    const int words = slot("wte", stored(m_prefix + "wte.weight", {m_c.vocabulary, m_c.hidden}),
                           Role::TokenEmbedding);
    const int places = slot("wpe", stored(m_prefix + "wpe.weight", {m_c.context, m_c.hidden}),
                            Role::PositionEmbedding);
    const int word = step("embed", {m_program.input}, {words}, "embedding", m_c.hidden);
    const int place =
        step("embed_position", {m_program.input}, {places}, "position_embedding", m_c.hidden);
    int stream = step("add", {word, place}, {}, "placed_embedding", m_c.hidden);
    for (m_block = 0; m_block < m_c.blocks; ++m_block)
        stream = block(stream);
    m_block = -1;
    m_program.output = logits(norm(stream, "ln_f", "norm"), "lm_head", words, m_c.tied);
    m_graph.programs.push_back(std::move(m_program));
    return std::move(m_graph);
}

/// Tensors that a GPT-2 checkpoint may hold and that mean nothing to the network: causal masks, and
/// the second copy of a tied head.
bool meansNothing(const std::string& name, bool tied)
{
    return name.ends_with(".attn.bias") || name.ends_with(".attn.masked_bias") ||
           (tied && name == "lm_head.weight");
}

} // namespace

Gpt2Configuration::Gpt2Configuration(const json& given)
{
    const json configuration = inOwnNames(given);
    const ConfigurationReader read(kFamily, configuration);
    vocabulary = read.whole("vocab_size");
    hidden = read.whole("n_embd");
    feedForward = read.whole("n_inner", 4 * hidden);
    context = read.whole("n_positions");
    blocks = static_cast<int>(read.whole("n_layer"));
    heads = static_cast<int>(read.whole("n_head"));
    epsilon = single(read.positive("layer_norm_epsilon", 1e-5));
    activation = activationOperation(read.text("activation_function", "gelu_new"));
    tied = read.flag("tie_word_embeddings", true);
    if (hidden % heads != 0)
        read.refuse("says n_embd is " + std::to_string(hidden) +
                    ", which is no multiple of n_head, " + std::to_string(heads));
}

bool isGpt2(const json& configuration)
{
    return architectureName(configuration).starts_with("GPT2") ||
           modelType(configuration) == "gpt2";
}

std::string gpt2Unsupported(const json& configuration, const Checkpoint& checkpoint)
{
    const std::string name = architectureName(configuration);
    if (!name.empty() && name != "GPT2LMHeadModel")
        return "the head of " + name + " (architectures) is not supported, only GPT2LMHeadModel";
    const json own = inOwnNames(configuration);
    if (std::string problem = fieldsUnsupported(own, {kFields, commonFields()}); !problem.empty())
        return problem;
    const Gpt2Configuration numbers(own);
    if (numbers.tied)
        if (std::string problem = tiedHeadUnsupported(checkpoint, "lm_head.weight",
                                                      prefixOf(checkpoint) + "wte.weight");
            !problem.empty())
            return problem;
    if (numbers.headSize() % 2 != 0)
        return "n_embd and n_head give heads an odd size, " + std::to_string(numbers.headSize()) +
               ", which is not supported";
    return {};
}

Graph buildGpt2(const json& configuration, const Checkpoint& checkpoint)
{
    const Gpt2Configuration numbers(configuration);
    return finished(
        kFamily, Gpt2Builder(numbers, checkpoint).build(), checkpoint,
        [&](const std::string& name) { return meansNothing(name, numbers.tied); }, &kGpt2GgufNames);
}

} // namespace bitloom

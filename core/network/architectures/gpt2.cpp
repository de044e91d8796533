// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/architectures/gpt2.h"

#include "core/network/architectures/configuration.h"
#include "core/network/architectures/configuration_fields.h"
#include "core/network/architectures/families.h"
#include "core/network/architectures/gpt2_gguf_names.h"
#include "core/network/architectures/tied_head.h"
#include "core/network/architectures/transformer_builder.h"

#include <array>
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

constexpr TransformerNames kNames = {
    .words = "wte",
    .positions = "wpe",
    .finalNorm = "ln_f",
    .head = "lm_head",
    .block = "h.",
    .attentionNorm = "ln_1",
    .fusedProjection = "attn.c_attn",
    .query = "q",
    .key = "k",
    .value = "v",
    .attentionOutput = "attn.c_proj",
    .feedForwardNorm = "ln_2",
    .up = "mlp.c_fc",
    .down = "mlp.c_proj",
};

Transformer transformerOf(const Gpt2Configuration& c, const Checkpoint& checkpoint)
{
    Transformer t;
    t.vocabulary = c.vocabulary;
    t.context = c.context;
    t.hidden = c.hidden;
    t.blocks = c.blocks;
    t.epsilon = c.epsilon;
    t.norm = NormKind::Layer;
    t.attention = {c.heads, c.heads, static_cast<int>(c.headSize())};
    t.attention.biased = t.attention.outputBiased = true;
    t.feedForward = {c.feedForward, c.activation, /*biased=*/true};
    t.tied = c.tied;
    t.transposed = checkpoint.format != "gguf";
    t.prefix = prefixOf(checkpoint);
    t.names = kNames;
    return t;
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
        kFamily,
        TransformerBuilder(kFamily, checkpoint, transformerOf(numbers, checkpoint), &kGpt2GgufNames)
            .decoder(),
        checkpoint, [&](const std::string& name) { return meansNothing(name, numbers.tied); },
        &kGpt2GgufNames);
}

Architecture gpt2Architecture()
{
    return {"gpt2",          "GPT-2",   "language models",   isGpt2,
            gpt2Unsupported, buildGpt2, gpt2GgufUnsupported, adoptGpt2Gguf,
            gpt2GgufPlan};
}

} // namespace bitloom

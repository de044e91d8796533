// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/architectures/llama_family.h"

#include "core/network/architectures/configuration.h"
#include "core/network/architectures/llama_configuration.h"
#include "core/network/architectures/rope_settings.h"
#include "core/network/architectures/tied_head.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace bitloom {

namespace {

using nlohmann::json;

constexpr TransformerNames kNames = {
    .words = "model.embed_tokens",
    .finalNorm = "model.norm",
    .head = "lm_head",
    .block = "model.layers.",
    .attentionNorm = "input_layernorm",
    .query = "self_attn.q_proj",
    .key = "self_attn.k_proj",
    .value = "self_attn.v_proj",
    .attentionOutput = "self_attn.o_proj",
    .feedForwardNorm = "post_attention_layernorm",
    .gate = "mlp.gate_proj",
    .up = "mlp.up_proj",
    .down = "mlp.down_proj",
};

/// Tensors that a checkpoint may hold and that mean nothing to the network: buffers, the unused
/// head of a tied model, the rope factors of a GGUF (part of its configuration).
bool meansNothing(const std::string& name, bool tied)
{
    return name.ends_with("rotary_emb.inv_freq") || name == "rope_freqs.weight" ||
           (tied && name == "lm_head.weight");
}

/// Transformers would begin an untied head that is not there at random.
std::string headUnsupported(const LlamaFamily& family, const json& configuration,
                            const Checkpoint& checkpoint)
{
    const ConfigurationReader read(family.id, configuration);
    if (read.flag("tie_word_embeddings", false))
        return tiedHeadUnsupported(checkpoint, "lm_head.weight", "model.embed_tokens.weight");
    return checkpoint.find("lm_head.weight")
               ? std::string()
               : std::string("tie_word_embeddings is ") +
                     (read.has("tie_word_embeddings") ? "false" : "absent, which means false") +
                     ", but there is no lm_head.weight";
}

std::string biasUnsupported(const LlamaFamily& family, const json& configuration,
                            const Checkpoint& checkpoint)
{
    Transformer differences;
    if (family.vary)
        family.vary(configuration, differences);
    if (differences.attention.biased)
        return {}; // where it has none, one has no place in the network
    for (const StoredTensor& tensor : checkpoint.tensors)
        if (tensor.inIndex && tensor.name.ends_with(".bias"))
            return "biases are not supported in a " + std::string(family.title) +
                   ", and there is " +
                   (checkpoint.format == "gguf" ? family.ggufNames.tensorToGguf(tensor.name)
                                                : tensor.name);
    return {};
}

Transformer transformerOf(const LlamaFamily& family, const json& configuration)
{
    const LlamaConfiguration c(configuration, family.id);
    Transformer t;
    t.vocabulary = c.vocabulary;
    t.context = c.context;
    t.hidden = c.hidden;
    t.blocks = c.blocks;
    t.epsilon = c.epsilon;
    t.attention = {c.heads, c.keyValueHeads, c.headSize, /*ropeTable=*/0};
    t.feedForward = {c.feedForward, "silu_multiply"};
    t.ropeTables = {{c.inverseFrequencies()}};
    t.tied = c.tied;
    t.names = kNames;
    if (family.vary)
        family.vary(configuration, t);
    return t;
}

} // namespace

bool isOfFamily(const LlamaFamily& family, const json& configuration)
{
    const std::string name = architectureName(configuration);
    const auto& known = name.empty() ? family.modelTypes : family.classes;
    const std::string said = name.empty() ? modelType(configuration) : name;
    return std::ranges::find(known, said) != known.end();
}

std::string llamaUnsupported(const LlamaFamily& family, const json& configuration,
                             const Checkpoint& checkpoint)
{
    for (std::string problem :
         {fieldsUnsupported(configuration, {family.fields, llamaFields(), commonFields()}),
          ropeUnsupported(configuration),
          family.alsoUnsupported ? family.alsoUnsupported(configuration) : std::string(),
          headUnsupported(family, configuration, checkpoint),
          biasUnsupported(family, configuration, checkpoint)})
        if (!problem.empty())
            return problem;
    return {};
}

Graph buildLlama(const LlamaFamily& family, const json& configuration, const Checkpoint& checkpoint)
{
    const Transformer transformer = transformerOf(family, configuration);
    return finished(
        family.id,
        TransformerBuilder(family.id, checkpoint, transformer, &family.ggufNames).decoder(),
        checkpoint, [&](const std::string& name) { return meansNothing(name, transformer.tied); },
        &family.ggufNames);
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/architectures/llama.h"

#include "core/network/architectures/llama_gguf_names.h"

#include <nlohmann/json.hpp>

namespace bitloom {

namespace {

/// The family's name in Errors.
constexpr std::string_view kFamily = "llama";

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

/// Tensors that a Llama checkpoint may hold and that mean nothing to the network: buffers, the
/// unused head of a tied model, the rope factors of a GGUF (part of its configuration).
bool meansNothing(const std::string& name, bool tied)
{
    return name.ends_with("rotary_emb.inv_freq") || name == "rope_freqs.weight" ||
           (tied && name == "lm_head.weight");
}

} // namespace

Transformer llamaTransformer(const LlamaConfiguration& c)
{
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
    return t;
}

Graph buildLlama(const nlohmann::json& configuration, const Checkpoint& checkpoint)
{
    const LlamaConfiguration numbers(configuration);
    return finished(
        kFamily,
        TransformerBuilder(kFamily, checkpoint, llamaTransformer(numbers), &kLlamaGgufNames)
            .decoder(),
        checkpoint, [&](const std::string& name) { return meansNothing(name, numbers.tied); },
        &kLlamaGgufNames);
}

} // namespace bitloom

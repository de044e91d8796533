// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/architectures/gguf_keys.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace bitloom {

namespace {

using field::nothing;
using field::only;
using field::read;
using nlohmann::json;

constexpr std::array kCommonKeys = {
    read("context_length"),
    read("embedding_length"),
    read("block_count"),
    read("feed_forward_length"),
    read("attention.head_count"),
    read("attention.head_count_kv"),
    read("attention.key_length"),
    read("attention.value_length"),
    read("vocab_size"),
    only("attention.causal", "true"),
    only("use_parallel_residual", "false"),
    only("swin_norm", "false"),
    // Experts.
    only("expert_count", "0"),
    only("expert_used_count", "0"),
    only("expert_shared_count", "0"),
    only("expert_feed_forward_length", "0"),
    only("expert_shared_feed_forward_length", "0"),
    only("leading_dense_block_count", "0"),
    nothing("expert_weights_scale"), // of no experts
    // Factors, where 0 stands for none, and bounds; 50 and 30 are written where there is none.
    only("attention.scale", "0"),
    only("attention.clamp_kqv", "0"),
    only("attention.max_alibi_bias", "0"),
    only("attn_logit_softcapping", "0, 50"),
    only("final_logit_softcapping", "0, 30"),
    only("logit_scale", "0, 1"),
    only("residual_scale", "0, 1"),
    only("embedding_scale", "0, 1"),
    // Parts of other families.
    only("attention.q_lora_rank", "0"),
    only("attention.kv_lora_rank", "0"),
    only("attention.relative_buckets_count", "0"),
    only("rescale_every_n_layers", "0"),
    only("time_mix_extra_dim", "0"),
    only("time_decay_extra_dim", "0"),
    only("ssm.conv_kernel", "0"),
    only("ssm.inner_size", "0"),
    only("ssm.state_size", "0"),
    only("ssm.time_step_rank", "0"),
    only("ssm.dt_b_c_rms", "false"),
    only("wkv.head_size", "0"),
    // What is made of the last hidden states beside the logits: nothing, or nobody says.
    only("pooling_type", "0, -1, 4294967295"),
    nothing("decoder_start_token_id"),
};

/// A list that says the same of every block is that value.
json asJson(const MetadataValue& value)
{
    const json made = std::visit([](const auto& plain) { return json(plain); }, value);
    const bool uniform = made.is_array() && !made.empty() &&
                         std::ranges::all_of(made, [&](const json& v) { return v == made[0]; });
    return uniform ? made[0] : made;
}

} // namespace

std::span<const Field> commonGgufKeys()
{
    return kCommonKeys;
}

std::string ggufKeysUnsupported(const Checkpoint& checkpoint, std::string_view family,
                                std::span<const Field> keys)
{
    const std::string prefix = std::string(family) + ".";
    json values = json::object();
    for (const auto& [key, value] : checkpoint.metadata) {
        const auto* text = std::get_if<std::string>(&value);
        if (key == "general.type" && text && *text != "model")
            return "the file is no model, but says that its general.type is " + *text;
        if (!key.starts_with(prefix))
            continue;
        const json& said = values[key.substr(prefix.size())] = asJson(value);
        if (said.is_array())
            return key + (said.empty() ? " is an empty list" : " differs from block to block") +
                   ", which is not supported";
    }
    return fieldsUnsupported(values, {keys, commonGgufKeys()}, prefix);
}

} // namespace bitloom

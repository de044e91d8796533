// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/architectures/configuration_fields.h"

#include "core/network/architectures/configuration.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace bitloom {

namespace {

using field::nothing;
using field::only;
using field::read;
using nlohmann::json;

constexpr std::array kCommon = {
    // Which network and which task.
    read("architectures"),
    read("model_type"),
    read("problem_type"),
    read("id2label"),
    read("num_labels"),
    nothing("label2id"),
    nothing("finetuning_task"),
    nothing("task_specific_params"),
    // What would make another network of it.
    only("is_encoder_decoder", "false"),
    only("add_cross_attention", "false"),
    only("pruned_heads", "{}"),
    only("per_layer_config", "{}"),
    nothing("cross_attention_hidden_size"),
    nothing("tie_encoder_decoder"),
    // How the weights are stored: their own types say it.
    nothing("dtype"),
    nothing("xla_device"),
    nothing("torch_dtype"),
    nothing("use_bfloat16"),
    nothing("quantization_config"),
    // Training.
    nothing("initializer_range"),
    nothing("gradient_checkpointing"),
    nothing("use_gradient_checkpointing"),
    nothing("neftune_noise_alpha"),
    nothing("classifier_dropout"),
    nothing("attention_dropout"),
    nothing("hidden_dropout"),
    nothing("embedding_dropout"),
    nothing("resid_pdrop"),
    nothing("embd_pdrop"),
    nothing("attn_pdrop"),
    nothing("tf_legacy_loss"),
    nothing("loss_type"),
    // How it is run, with the same numbers.
    nothing("use_cache"),
    nothing("chunk_size_feed_forward"),
    nothing("pretraining_tp"),
    nothing("attn_implementation"),
    nothing("_attn_implementation"),
    nothing("_attn_implementation_autoset"),
    nothing("experts_implementation"),
    nothing("use_flash_attention"),
    nothing("use_flash_attn"),
    nothing("_flash_attn_2_enabled"),
    nothing("torchscript"),
    // What it hands out beside its logits.
    nothing("output_attentions"),
    nothing("output_hidden_states"),
    nothing("output_past"),
    nothing("output_scores"),
    nothing("return_dict"),
    nothing("use_return_dict"),
    nothing("return_dict_in_generate"),
    nothing("tie_last_hidden_states"),
    // Tokens: the tokenizer says them.
    nothing("bos_token_id"),
    nothing("eos_token_id"),
    nothing("eos_token_ids"),
    nothing("pad_token_id"),
    nothing("sep_token_id"),
    nothing("cls_token_id"),
    nothing("mask_token_id"),
    nothing("unk_token_id"),
    nothing("decoder_start_token_id"),
    nothing("forced_bos_token_id"),
    nothing("forced_eos_token_id"),
    nothing("bos_token"),
    nothing("eos_token"),
    nothing("pad_token"),
    nothing("unk_token"),
    nothing("tokenizer_class"),
    nothing("tokenizer_model_max_length"),
    nothing("tokenizer_padding_side"),
    nothing("model_max_length"),
    nothing("max_sequence_length"),
    nothing("prefix"),
    // How a text is drawn from the logits.
    nothing("max_length"),
    nothing("min_length"),
    nothing("max_new_tokens"),
    nothing("do_sample"),
    nothing("early_stopping"),
    nothing("num_beams"),
    nothing("num_beam_groups"),
    nothing("diversity_penalty"),
    nothing("temperature"),
    nothing("top_k"),
    nothing("top_p"),
    nothing("typical_p"),
    nothing("epsilon_cutoff"),
    nothing("eta_cutoff"),
    nothing("repetition_penalty"),
    nothing("encoder_repetition_penalty"),
    nothing("length_penalty"),
    nothing("no_repeat_ngram_size"),
    nothing("encoder_no_repeat_ngram_size"),
    nothing("bad_words_ids"),
    nothing("num_return_sequences"),
    nothing("remove_invalid_values"),
    nothing("exponential_decay_length_penalty"),
    nothing("suppress_tokens"),
    nothing("begin_suppress_tokens"),
    nothing("num_assistant_tokens"),
    nothing("num_assistant_tokens_schedule"),
    nothing("assistant_confidence_threshold"),
    nothing("assistant_lookbehind"),
    nothing("target_lookbehind"),
    // Where it comes from.
    nothing("_name_or_path"),
    nothing("name_or_path"),
    nothing("_commit_hash"),
    nothing("_from_model_config"),
    nothing("_num_labels"),
    nothing("auto_map"),
    nothing("custom_pipelines"),
    nothing("transformers_version"),
    nothing("transformers.js_config"),
    nothing("unsloth_version"),
    nothing("unsloth_fixed"),
    nothing("model_name"),
    nothing("license"),
    nothing("language"),
    nothing("note"),
};

const Field* findField(std::initializer_list<std::span<const Field>> tables,
                       const std::string& name)
{
    for (const std::span<const Field> table : tables)
        for (const Field& field : table)
            if (field.name == name)
                return &field;
    return nullptr;
}

std::string valueUnsupported(const Field& field, const json& value)
{
    const json computed = json::parse("[" + std::string(field.values) + "]");
    const auto isComputed = [&](const json& one) {
        return std::find(computed.begin(), computed.end(), one) != computed.end();
    };
    if (value.is_array() ? std::ranges::all_of(value, isComputed) : isComputed(value))
        return {};
    std::string names;
    for (const json& one : computed)
        names += (names.empty() ? "" : " or ") + withoutQuotes(one);
    return std::string(field.name) + " " + withoutQuotes(value) + " is not supported, only " +
           names;
}

std::string notUnderstood(const std::string& prefix, const std::string& name)
{
    return (prefix.empty() ? "the field " : "the key ") + prefix + name +
           " could change the numbers, and is not understood";
}

} // namespace

std::span<const Field> commonFields()
{
    return kCommon;
}

std::string fieldsUnsupported(const json& configuration,
                              std::initializer_list<std::span<const Field>> tables,
                              const std::string& prefix)
{
    for (const auto& [name, value] : configuration.items()) {
        if (value.is_null())
            continue;
        const Field* field = findField(tables, name);
        if (!field)
            return notUnderstood(prefix, name);
        if (field->use == Field::Use::Only)
            if (std::string problem = valueUnsupported(*field, value); !problem.empty())
                return prefix + problem;
    }
    return {};
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/architectures/llama.h"

#include "core/network/architectures/configuration.h"
#include "core/network/architectures/configuration_fields.h"
#include "core/network/architectures/tied_head.h"

#include <array>
#include <nlohmann/json.hpp>

namespace bitloom {

namespace {

using field::nothing;
using field::only;
using field::read;
using nlohmann::json;

/// The family's name in Errors.
constexpr std::string_view kFamily = "llama";
constexpr int64_t kMistralWindow = 4096;

constexpr std::string_view kMistral = "MistralForCausalLM";

/// Of LlamaConfig and MistralConfig, and of those who write them.
constexpr std::array kFields = {
    only("model_type", R"("llama", "mistral")"),
    read("vocab_size"),
    read("hidden_size"),
    read("intermediate_size"),
    read("num_hidden_layers"),
    read("num_attention_heads"),
    read("num_key_value_heads"),
    read("head_dim"),
    read("max_position_embeddings"),
    read("rms_norm_eps"),
    read("tie_word_embeddings"),
    read("rope_theta"),
    read("rope_scaling"),
    read("rope_parameters"),
    read("partial_rotary_factor"),
    read("original_max_position_embeddings"),
    read("sliding_window"),
    only("hidden_act", R"("silu", "swish")"),
    only("attention_bias", "false"),
    only("mlp_bias", "false"),
    only("layer_types", R"("full_attention")"),
    only("use_sliding_window", "false"),
    only("rope_interleaved", "false"),
    nothing("max_window_layers"),
    nothing("is_decoder"),
    nothing("is_llama_config"),
};

bool isMistral(const json& configuration)
{
    return architectureName(configuration) == kMistral || modelType(configuration) == "mistral";
}

/// A window that no text is longer than hides nothing. MistralConfig has one of 4096 unless it says
/// otherwise, null included.
std::string windowUnsupported(const json& configuration)
{
    const ConfigurationReader read(kFamily, configuration);
    const bool assumed = isMistral(configuration) && !configuration.contains("sliding_window");
    if (!assumed && !read.has("sliding_window"))
        return {};
    const int64_t window = assumed ? kMistralWindow : read.whole("sliding_window");
    const int64_t context = read.whole("max_position_embeddings");
    return window >= context
               ? std::string()
               : "attention with a sliding window is not supported, and it has one of " +
                     std::to_string(window) + " tokens in a context of " + std::to_string(context) +
                     (assumed ? " (a Mistral whose sliding_window is not null)" : "");
}

/// Transformers would begin an untied head that is not there at random.
std::string headUnsupported(const json& configuration, const Checkpoint& checkpoint)
{
    const ConfigurationReader read(kFamily, configuration);
    if (read.flag("tie_word_embeddings", false))
        return tiedHeadUnsupported(checkpoint, "lm_head.weight", "model.embed_tokens.weight");
    return checkpoint.find("lm_head.weight")
               ? std::string()
               : std::string("tie_word_embeddings is ") +
                     (read.has("tie_word_embeddings") ? "false" : "absent, which means false") +
                     ", but there is no lm_head.weight";
}

void checkHeads(const LlamaConfiguration& c, const ConfigurationReader& read)
{
    if (!read.has("head_dim") && c.hidden % c.heads != 0)
        read.refuse("says hidden_size is " + std::to_string(c.hidden) +
                    ", which is no multiple of num_attention_heads, " + std::to_string(c.heads));
    if (c.heads % c.keyValueHeads != 0)
        read.refuse("says num_attention_heads is " + std::to_string(c.heads) +
                    ", which is no multiple of num_key_value_heads, " +
                    std::to_string(c.keyValueHeads));
    if (c.headSize < 2 || c.headSize % 2 != 0)
        read.refuse("gives heads an odd size, " + std::to_string(c.headSize));
}

} // namespace

LlamaConfiguration::LlamaConfiguration(const json& configuration)
    : LlamaConfiguration(configuration, ConfigurationReader(kFamily, configuration))
{
}

LlamaConfiguration::LlamaConfiguration(const json& configuration, const ConfigurationReader& read)
    : vocabulary(read.whole("vocab_size"))
    , hidden(read.whole("hidden_size"))
    , feedForward(read.whole("intermediate_size"))
    , context(read.whole("max_position_embeddings"))
    , blocks(static_cast<int>(read.whole("num_hidden_layers")))
    , heads(static_cast<int>(read.whole("num_attention_heads")))
    , keyValueHeads(static_cast<int>(read.whole("num_key_value_heads", heads)))
    , headSize(static_cast<int>(read.whole("head_dim", hidden / heads)))
    , epsilon(single(read.positive("rms_norm_eps", 1e-6)))
    , tied(read.flag("tie_word_embeddings", false))
{
    checkHeads(*this, read);
    rope = readRope(kFamily, configuration, headSize);
}

bool isLlama(const json& configuration)
{
    const std::string name = architectureName(configuration);
    if (!name.empty())
        return name == "LlamaForCausalLM" || name == kMistral;
    return modelType(configuration) == "llama" || modelType(configuration) == "mistral";
}

std::string llamaUnsupported(const json& configuration, const Checkpoint& checkpoint)
{
    for (std::string problem : {fieldsUnsupported(configuration, {kFields, commonFields()}),
                                ropeUnsupported(configuration), windowUnsupported(configuration),
                                headUnsupported(configuration, checkpoint)})
        if (!problem.empty())
            return problem;
    for (const StoredTensor& tensor : checkpoint.tensors)
        if (tensor.inIndex && tensor.name.ends_with(".bias"))
            return "biases are not supported in a Llama, and there is " + tensor.name;
    return {};
}

} // namespace bitloom

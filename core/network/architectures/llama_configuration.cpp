// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/architectures/llama_configuration.h"

#include "core/network/architectures/configuration.h"

#include <array>
#include <nlohmann/json.hpp>

namespace bitloom {

namespace {

using field::nothing;
using field::only;
using field::read;
using nlohmann::json;

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

LlamaConfiguration::LlamaConfiguration(const json& configuration, std::string_view family)
    : LlamaConfiguration(configuration, family, ConfigurationReader(family, configuration))
{
}

LlamaConfiguration::LlamaConfiguration(const json& configuration, std::string_view family,
                                       const ConfigurationReader& read)
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
    rope = readRope(family, configuration, headSize);
}

std::span<const Field> llamaFields()
{
    return kFields;
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/architectures/llama.h"

#include "core/network/architectures/configuration.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

namespace bitloom {

namespace {

using nlohmann::json;

/// The family's name in Errors.
constexpr std::string_view kFamily = "llama";

/// Llama 3's scaling (transformers, modeling_rope_utils.py, _compute_llama3_parameters) as divisors
/// of the plain inverse frequencies: long waves are divided by the factor, short ones stay, those
/// between are blended.
std::vector<double> llama3Factors(const json& scaling, const std::vector<double>& plain)
{
    const ConfigurationReader read(kFamily, scaling);
    const double factor = read.positive("factor");
    const double low = read.positive("low_freq_factor");
    const double high = read.positive("high_freq_factor");
    const double context = read.positive("original_max_position_embeddings");
    if (high <= low)
        read.refuse("says high_freq_factor is not above low_freq_factor");
    std::vector<double> factors;
    for (const double frequency : plain) {
        const double turns = context * frequency / (2 * std::numbers::pi);
        const double smooth = (turns - low) / (high - low);
        const double kept = turns < low ? 0 : turns > high ? 1 : smooth;
        factors.push_back(single(1 / ((1 - kept) / factor + kept)));
    }
    return factors;
}

std::vector<double> givenFactors(const json& scaling, size_t pairs)
{
    std::vector<double> factors;
    for (const json& value : scaling.at("factors"))
        factors.push_back(value.get<double>());
    if (factors.size() != pairs)
        ConfigurationReader(kFamily, scaling)
            .refuse("has " + std::to_string(factors.size()) + " frequency factors for " +
                    std::to_string(pairs) + " pairs");
    return factors;
}

std::string ropeType(const json& scaling)
{
    for (const char* key : {"rope_type", "type"})
        if (ConfigurationReader(kFamily, scaling).has(key) && scaling.at(key).is_string())
            return scaling.at(key).get<std::string>();
    return "default";
}

void readScaling(LlamaConfiguration& c, const json& scaling)
{
    const std::string type = ropeType(scaling);
    if (type == "linear")
        c.linearScaling = single(ConfigurationReader(kFamily, scaling).positive("factor"));
    else if (type == "llama3")
        c.frequencyFactors = llama3Factors(scaling, c.inverseFrequencies());
    else if (type == "frequency_factors")
        c.frequencyFactors = givenFactors(scaling, static_cast<size_t>(c.headSize / 2));
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
    , theta(single(read.positive("rope_theta", 10000)))
    , tied(configuration.value("tie_word_embeddings", false))
{
    checkHeads(*this, read);
    if (read.has("rope_scaling"))
        readScaling(*this, configuration.at("rope_scaling"));
}

std::vector<double> LlamaConfiguration::inverseFrequencies() const
{
    std::vector<double> frequencies;
    for (int i = 0; i < headSize / 2; ++i) {
        const double plain = std::pow(theta, -2.0 * i / headSize) / linearScaling;
        const auto index = static_cast<size_t>(i);
        frequencies.push_back(frequencyFactors.empty() ? plain : plain / frequencyFactors[index]);
    }
    return frequencies;
}

bool isLlama(const json& configuration)
{
    const std::string name = architectureName(configuration);
    if (!name.empty())
        return name == "LlamaForCausalLM" || name == "MistralForCausalLM";
    return configuration.value("model_type", "") == "llama";
}

std::string llamaUnsupported(const json& configuration, const Checkpoint& checkpoint)
{
    const ConfigurationReader read(kFamily, configuration);
    if (configuration.value("hidden_act", "silu") != "silu")
        return "the activation " + configuration.at("hidden_act").get<std::string>() +
               " is not supported, only silu";
    if (read.has("sliding_window"))
        return "attention with a sliding window is not supported";
    if (read.has("rope_scaling")) {
        const std::string type = ropeType(configuration.at("rope_scaling"));
        if (type != "default" && type != "linear" && type != "llama3" &&
            type != "frequency_factors")
            return "rope scaling of type " + type + " is not supported";
    }
    for (const StoredTensor& tensor : checkpoint.tensors)
        if (tensor.name.ends_with(".bias"))
            return "biases are not supported in a Llama, and there is " + tensor.name;
    return {};
}

} // namespace bitloom

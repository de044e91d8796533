// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/architectures/llama.h"

#include "core/error.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

namespace bitloom {

namespace {

using nlohmann::json;

constexpr int64_t kLargest = int64_t{1} << 31;

double single(double value)
{
    return static_cast<double>(static_cast<float>(value));
}

bool has(const json& object, const char* key)
{
    return object.contains(key) && !object.at(key).is_null();
}

[[noreturn]] void refuse(const std::string& what)
{
    throw Error("llama", "config.json " + what);
}

int64_t wholeNumber(const json& configuration, const char* key)
{
    if (!has(configuration, key))
        refuse(std::string("has no ") + key);
    const json& value = configuration.at(key);
    if (!value.is_number_integer() || value.get<double>() < 1 ||
        value.get<double>() > static_cast<double>(kLargest))
        refuse(std::string("says ") + key + " is " + value.dump());
    return value.get<int64_t>();
}

int64_t wholeNumber(const json& configuration, const char* key, int64_t otherwise)
{
    return has(configuration, key) ? wholeNumber(configuration, key) : otherwise;
}

double positive(const json& object, const char* key, double otherwise)
{
    if (!has(object, key))
        return otherwise;
    const json& value = object.at(key);
    if (!value.is_number() || !(value.get<double>() > 0) || !std::isfinite(value.get<double>()))
        refuse(std::string("says ") + key + " is " + value.dump());
    return value.get<double>();
}

double positive(const json& object, const char* key)
{
    if (!has(object, key))
        refuse(std::string("has no ") + key);
    return positive(object, key, 0);
}

/// Llama 3's scaling (transformers, modeling_rope_utils.py, _compute_llama3_parameters) as divisors
/// of the plain inverse frequencies: long waves are divided by the factor, short ones stay, those
/// between are blended.
std::vector<double> llama3Factors(const json& scaling, const std::vector<double>& plain)
{
    const double factor = positive(scaling, "factor");
    const double low = positive(scaling, "low_freq_factor");
    const double high = positive(scaling, "high_freq_factor");
    const double context = positive(scaling, "original_max_position_embeddings");
    if (high <= low)
        refuse("says high_freq_factor is not above low_freq_factor");
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
        refuse("has " + std::to_string(factors.size()) + " frequency factors for " +
               std::to_string(pairs) + " pairs");
    return factors;
}

std::string ropeType(const json& scaling)
{
    for (const char* key : {"rope_type", "type"})
        if (has(scaling, key) && scaling.at(key).is_string())
            return scaling.at(key).get<std::string>();
    return "default";
}

void readScaling(LlamaConfiguration& c, const json& scaling)
{
    const std::string type = ropeType(scaling);
    if (type == "linear")
        c.linearScaling = single(positive(scaling, "factor"));
    else if (type == "llama3")
        c.frequencyFactors = llama3Factors(scaling, c.inverseFrequencies());
    else if (type == "frequency_factors")
        c.frequencyFactors = givenFactors(scaling, static_cast<size_t>(c.headSize / 2));
}

void checkHeads(const LlamaConfiguration& c, bool headSizeGiven)
{
    if (!headSizeGiven && c.hidden % c.heads != 0)
        refuse("says hidden_size is " + std::to_string(c.hidden) +
               ", which is no multiple of num_attention_heads, " + std::to_string(c.heads));
    if (c.heads % c.keyValueHeads != 0)
        refuse("says num_attention_heads is " + std::to_string(c.heads) +
               ", which is no multiple of num_key_value_heads, " + std::to_string(c.keyValueHeads));
    if (c.headSize < 2 || c.headSize % 2 != 0)
        refuse("gives heads an odd size, " + std::to_string(c.headSize));
}

} // namespace

LlamaConfiguration::LlamaConfiguration(const json& configuration)
    : vocabulary(wholeNumber(configuration, "vocab_size"))
    , hidden(wholeNumber(configuration, "hidden_size"))
    , feedForward(wholeNumber(configuration, "intermediate_size"))
    , context(wholeNumber(configuration, "max_position_embeddings"))
    , blocks(static_cast<int>(wholeNumber(configuration, "num_hidden_layers")))
    , heads(static_cast<int>(wholeNumber(configuration, "num_attention_heads")))
    , keyValueHeads(static_cast<int>(wholeNumber(configuration, "num_key_value_heads", heads)))
    , headSize(static_cast<int>(wholeNumber(configuration, "head_dim", hidden / heads)))
    , epsilon(single(positive(configuration, "rms_norm_eps", 1e-6)))
    , theta(single(positive(configuration, "rope_theta", 10000)))
    , tied(configuration.value("tie_word_embeddings", false))
{
    checkHeads(*this, has(configuration, "head_dim"));
    if (has(configuration, "rope_scaling"))
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
    const auto names = configuration.find("architectures");
    if (names != configuration.end() && names->is_array() && !names->empty())
        return names->front() == "LlamaForCausalLM" || names->front() == "MistralForCausalLM";
    return configuration.value("model_type", "") == "llama";
}

std::string llamaUnsupported(const json& configuration, const Checkpoint& checkpoint)
{
    if (configuration.value("hidden_act", "silu") != "silu")
        return "the activation " + configuration.at("hidden_act").get<std::string>() +
               " is not supported, only silu";
    if (has(configuration, "sliding_window"))
        return "attention with a sliding window is not supported";
    if (has(configuration, "rope_scaling")) {
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

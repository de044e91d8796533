// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/architectures/rope_settings.h"

#include "core/base/error.h"
#include "core/network/architectures/configuration.h"
#include "core/network/architectures/rope_resolver.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>
#include <span>

namespace bitloom {

namespace {

using nlohmann::json;
using Names = std::span<const std::string_view>;

/// A kind of rotary positions, and its own settings.
struct RopeType {
    std::string_view name;
    Names settings;
};
constexpr std::array<std::string_view, 1> kLinear = {"factor"};
constexpr std::array<std::string_view, 3> kLlama3 = {"factor", "low_freq_factor",
                                                     "high_freq_factor"};
constexpr std::array<std::string_view, 2> kGiven = {"factor", "factors"};
/// frequency_factors is what a GGUF's rope_freqs becomes; transformers has no word for it.
constexpr std::array<RopeType, 4> kTypes = {{
    {"default", {}},
    {"linear", kLinear},
    {"llama3", kLlama3},
    {"frequency_factors", kGiven},
}};
/// Settings of every type; those that a type does not read (the length that was trained with) mean
/// nothing to it.
constexpr std::array<std::string_view, 3> kCommon = {kRopeType, "rope_theta",
                                                     "original_max_position_embeddings"};
/// Settings that change nothing when they are 1, whatever the type.
constexpr std::array<std::string_view, 3> kFactors = {"factor", "attention_factor",
                                                      "partial_rotary_factor"};

bool isAmong(Names names, std::string_view name)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

const RopeType* findType(std::string_view name)
{
    const auto* found = std::find_if(kTypes.begin(), kTypes.end(),
                                     [&](const RopeType& type) { return type.name == name; });
    return found == kTypes.end() ? nullptr : found;
}

/// Empty, or the setting that is not one of `type` and is not known to change nothing.
std::string foreignSetting(const json& settings, const RopeType& type)
{
    const bool named = settings.contains(kRopeType);
    for (const auto& [key, value] : settings.items()) {
        const bool neutral = isAmong(kFactors, key) && value == 1;
        if (neutral || isAmong(kCommon, key) || isAmong(type.settings, key))
            continue;
        if (!named)
            return "the rope scaling has " + key + " but does not say its rope_type";
        return "the " + key + " of rope scaling of type " + std::string(type.name) +
               " could change the numbers, and is not understood";
    }
    return {};
}

std::string typeOf(const json& settings)
{
    return settings.contains(kRopeType) ? withoutQuotes(settings.at(std::string(kRopeType)))
                                        : "default";
}

std::string unsupportedSettings(const json& settings)
{
    if (settings.contains("partial_rotary_factor") && settings.at("partial_rotary_factor") != 1)
        return "rotary positions in a part of each head (partial_rotary_factor " +
               withoutQuotes(settings.at("partial_rotary_factor")) + ") are not supported";
    const RopeType* type = findType(typeOf(settings));
    return type ? foreignSetting(settings, *type)
                : "rope scaling of type " + typeOf(settings) + " is not supported";
}

/// Llama 3's scaling (transformers, modeling_rope_utils.py, _compute_llama3_parameters) as divisors
/// of the plain inverse frequencies: long waves are divided by the factor, short ones stay, those
/// between are blended.
std::vector<double> llama3Factors(const ConfigurationReader& read, const std::vector<double>& plain)
{
    const double factor = read.positive("factor");
    const double low = read.positive("low_freq_factor");
    const double high = read.positive("high_freq_factor");
    const double context = read.positive("original_max_position_embeddings");
    if (high <= low)
        read.refuse("says " + read.spelt("high_freq_factor") + " is not above " +
                    read.spelt("low_freq_factor"));
    std::vector<double> factors;
    for (const double frequency : plain) {
        const double turns = context * frequency / (2 * std::numbers::pi);
        const double smooth = (turns - low) / (high - low);
        const double kept = turns < low ? 0 : turns > high ? 1 : smooth;
        factors.push_back(single(1 / ((1 - kept) / factor + kept)));
    }
    return factors;
}

std::vector<double> givenFactors(const ConfigurationReader& read, const json& settings,
                                 size_t pairs)
{
    std::vector<double> factors;
    for (const json& value : settings.at("factors")) {
        factors.push_back(value.get<double>());
        if (!(factors.back() > 0) || !std::isfinite(factors.back()))
            read.refuse("has the frequency factor " + value.dump());
    }
    if (factors.size() != pairs)
        read.refuse("has " + std::to_string(factors.size()) + " frequency factors for " +
                    std::to_string(pairs) + " pairs");
    return factors;
}

} // namespace

std::vector<double> RopeSettings::inverseFrequencies(int headSize) const
{
    std::vector<double> frequencies;
    for (int i = 0; i < headSize / 2; ++i) {
        const double plain = std::pow(theta, -2.0 * i / headSize) / linearScaling;
        const auto index = static_cast<size_t>(i);
        frequencies.push_back(frequencyFactors.empty() ? plain : plain / frequencyFactors[index]);
    }
    return frequencies;
}

std::string ropeUnsupported(const json& configuration)
{
    const ResolvedRope rope = resolvedRope(configuration);
    return rope.problem.empty() ? unsupportedSettings(rope.settings) : rope.problem;
}

RopeSettings readRope(std::string_view family, const json& configuration, int headSize)
{
    if (const std::string problem = ropeUnsupported(configuration); !problem.empty())
        throw Error(family, problem);
    const ResolvedRope resolved = resolvedRope(configuration);
    const json& settings = resolved.settings;
    const ConfigurationReader read(family, settings, "config.json",
                                   [&](const std::string& key) { return resolved.spelt(key); });
    const std::string type = typeOf(settings);
    RopeSettings rope;
    rope.theta = single(read.positive("rope_theta", kStandardTheta));
    if (type == "linear")
        rope.linearScaling = single(read.positive("factor"));
    else if (type == "llama3")
        rope.frequencyFactors = llama3Factors(read, rope.inverseFrequencies(headSize));
    else if (type == "frequency_factors") {
        rope.linearScaling = single(read.positive("factor", 1));
        rope.frequencyFactors = givenFactors(read, settings, static_cast<size_t>(headSize / 2));
    }
    return rope;
}

} // namespace bitloom

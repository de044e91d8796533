// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/architectures/rope_settings.h"

#include "core/error.h"
#include "core/network/architectures/configuration.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>
#include <set>
#include <span>

namespace bitloom {

namespace {

using nlohmann::json;
using Names = std::span<const std::string_view>;

constexpr std::string_view kTypeOf = "rope_type";
constexpr std::array<const char*, 2> kPlaces = {"rope_parameters", "rope_scaling"};
/// Settings that stand beside these objects as often as inside.
constexpr std::array<const char*, 3> kOutside = {"rope_theta", "partial_rotary_factor",
                                                 "original_max_position_embeddings"};

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
constexpr std::array<std::string_view, 3> kCommon = {kTypeOf, "rope_theta",
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

std::string shown(const json& value)
{
    return value.is_string() ? value.get<std::string>() : value.dump();
}

/// Makes one object of a configuration's settings: without nulls, `rope_type` for its old name
/// `type`, with those that stand beside it.
class Resolver {
public:
    explicit Resolver(const json& configuration)
        : m_configuration(configuration)
    {
    }

    /// Empty when all is well.
    std::string problem;

    json resolve()
    {
        json settings;
        for (const char* place : kPlaces) {
            if (!isThere(m_configuration, place))
                continue;
            json said = settingsIn(place);
            addOutside(place, said);
            if (!settings.is_null() && completed(settings) != completed(said))
                refuse(std::string(kPlaces[0]) + " and " + kPlaces[1] + " contradict each other");
            settings = std::move(said);
        }
        if (settings.is_null())
            addOutside({}, settings = json::object());
        return settings;
    }

private:
    static bool isThere(const json& object, const char* key)
    {
        // An empty object says as little as none; transformers takes it so.
        return object.contains(key) && !object.at(key).is_null() &&
               object.at(key) != json::object();
    }

    /// With what transformers takes for settings that are not there.
    static json completed(json settings)
    {
        settings.emplace("rope_theta", RopeSettings().theta);
        settings.emplace(kTypeOf, "default");
        return settings;
    }

    void refuse(const std::string& why)
    {
        if (problem.empty())
            problem = why;
    }

    json settingsIn(const std::string& place)
    {
        const json& given = m_configuration.at(place);
        if (!given.is_object()) {
            refuse(place + " is " + given.dump() + ", which is no object");
            return json::object();
        }
        const std::set<std::string> types = statedLayerTypes();
        bool nested = false;
        for (const auto& [key, value] : given.items())
            nested = nested || value.is_object() || types.contains(key);
        return nested ? ofLayerTypes(place, given) : flat(place, given);
    }

    json flat(const std::string& place, const json& given)
    {
        json settings = json::object();
        for (const auto& [key, value] : given.items()) {
            if (value.is_null())
                continue;
            json& kept = settings[key == "type" ? std::string(kTypeOf) : key];
            if (!kept.is_null() && kept != value)
                refuse(place + " says type is " + shown(given.at("type")) + " and rope_type is " +
                       shown(given.at(std::string(kTypeOf))));
            kept = value;
        }
        return settings;
    }

    /// One object per type of attention layer: only where all say the same is there one table.
    json ofLayerTypes(const std::string& place, const json& given)
    {
        json settings;
        std::string first;
        for (const std::string& type : layerTypes(place, given)) {
            if (!given.contains(type) || !given.at(type).is_object()) {
                refuse(place + " has no settings for layers of the type " + type);
                continue;
            }
            const std::string entry = std::string(place).append(".").append(type);
            json said = flat(entry, given.at(type));
            addOutside(entry, said);
            if (!settings.is_null() && completed(settings) != completed(said))
                refuse(std::string(place) + " differs between layers of the types " + first +
                       " and " + type + ", which is not supported");
            if (settings.is_null())
                first = type;
            settings = std::move(said);
        }
        return settings.is_null() ? json::object() : settings;
    }

    /// Those that the layers have; where the configuration does not say, all that are named.
    std::set<std::string> layerTypes(const std::string& place, const json& given)
    {
        std::set<std::string> named;
        for (const auto& [key, value] : given.items()) {
            if (!value.is_object() && !value.is_null())
                refuse("the " + key + " of " + place + " stands beside types of layers, and is " +
                       "not understood there");
            named.insert(key);
        }
        const std::set<std::string> stated = statedLayerTypes();
        return stated.empty() ? named : stated;
    }

    std::set<std::string> statedLayerTypes() const
    {
        std::set<std::string> types;
        if (isThere(m_configuration, "layer_types"))
            for (const json& type : m_configuration.at("layer_types"))
                types.insert(shown(type));
        return types;
    }

    void addOutside(const std::string& place, json& settings)
    {
        for (const char* key : kOutside) {
            if (!isThere(m_configuration, key))
                continue;
            const json& outside = m_configuration.at(key);
            if (settings.contains(key) && settings.at(key) != outside)
                refuse(std::string(key) + " is " + shown(outside) + ", but " + place +
                       " says that it is " + shown(settings.at(key)));
            settings[key] = outside;
        }
    }

    const json& m_configuration;
};

/// Empty, or the setting that is not one of `type` and is not known to change nothing.
std::string foreignSetting(const json& settings, const RopeType& type)
{
    const bool named = settings.contains(kTypeOf);
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
    return settings.contains(kTypeOf) ? shown(settings.at(std::string(kTypeOf))) : "default";
}

std::string unsupportedSettings(const json& settings)
{
    if (settings.contains("partial_rotary_factor") && settings.at("partial_rotary_factor") != 1)
        return "rotary positions in a part of each head (partial_rotary_factor " +
               shown(settings.at("partial_rotary_factor")) + ") are not supported";
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

std::vector<double> givenFactors(const ConfigurationReader& read, const json& settings,
                                 size_t pairs)
{
    std::vector<double> factors;
    for (const json& value : settings.at("factors"))
        factors.push_back(value.get<double>());
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
    Resolver resolver(configuration);
    const json settings = resolver.resolve();
    return resolver.problem.empty() ? unsupportedSettings(settings) : resolver.problem;
}

RopeSettings readRope(std::string_view family, const json& configuration, int headSize)
{
    if (const std::string problem = ropeUnsupported(configuration); !problem.empty())
        throw Error(family, problem);
    const json settings = Resolver(configuration).resolve();
    const ConfigurationReader read(family, settings);
    const std::string type = typeOf(settings);
    RopeSettings rope;
    rope.theta = single(read.positive("rope_theta", rope.theta));
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

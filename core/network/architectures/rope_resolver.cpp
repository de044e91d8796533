// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/architectures/rope_resolver.h"

#include "core/network/architectures/configuration.h"

#include <array>
#include <set>
#include <utility>

namespace bitloom {

namespace {

using nlohmann::json;

constexpr std::array<const char*, 2> kObjects = {"rope_parameters", "rope_scaling"};
/// Settings that stand beside these objects as often as inside.
constexpr std::array<const char*, 3> kOutside = {"rope_theta", "partial_rotary_factor",
                                                 "original_max_position_embeddings"};

class Resolver {
public:
    explicit Resolver(const json& configuration)
        : m_configuration(configuration)
    {
    }

    ResolvedRope resolve()
    {
        json settings;
        for (const char* place : kObjects) {
            if (!isThere(m_configuration, place))
                continue;
            json said = settingsIn(place);
            addOutside(place, said);
            if (!settings.is_null() && completed(settings) != completed(said))
                refuse(std::string(kObjects[0]) + " and " + kObjects[1] + " contradict each other");
            settings = std::move(said);
        }
        if (settings.is_null())
            addOutside({}, settings = json::object());
        return {std::move(settings), std::move(m_problem), std::move(m_place),
                std::move(m_outside)};
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
        settings.emplace("rope_theta", kStandardTheta);
        settings.emplace(kRopeType, "default");
        return settings;
    }

    void refuse(const std::string& why)
    {
        if (m_problem.empty())
            m_problem = why;
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
        m_place = place;
        for (const auto& [key, value] : given.items()) {
            if (value.is_null())
                continue;
            json& kept = settings[key == "type" ? std::string(kRopeType) : key];
            if (!kept.is_null() && kept != value)
                refuse(place + " says type is " + withoutQuotes(given.at("type")) +
                       " and rope_type is " + withoutQuotes(given.at(std::string(kRopeType))));
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
                refuse(std::string(place)
                           .append(" has no settings for layers of the type ")
                           .append(type));
                continue;
            }
            const std::string entry = std::string(place).append(".").append(type);
            json said = flat(entry, given.at(type));
            addOutside(entry, said);
            if (!settings.is_null() && completed(settings) != completed(said))
                refuse(std::string(place)
                           .append(" differs between layers of the types ")
                           .append(first)
                           .append(" and ")
                           .append(type)
                           .append(", which is not supported"));
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
                refuse(std::string("the ").append(key).append(" of ").append(place).append(
                    " stands beside types of layers, and is not understood there"));
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
                types.insert(withoutQuotes(type));
        return types;
    }

    void addOutside(const std::string& place, json& settings)
    {
        for (const char* key : kOutside) {
            if (!isThere(m_configuration, key))
                continue;
            const json& outside = m_configuration.at(key);
            if (settings.contains(key) && settings.at(key) != outside)
                refuse(std::string(key) + " is " + withoutQuotes(outside) + ", but " + place +
                       " says that it is " + withoutQuotes(settings.at(key)));
            if (!settings.contains(key))
                m_outside.insert(key);
            settings[key] = outside;
        }
    }

    const json& m_configuration;
    std::string m_problem;
    std::string m_place;
    std::set<std::string> m_outside;
};

} // namespace

std::string ResolvedRope::spelt(const std::string& key) const
{
    return place.empty() || outside.contains(key) ? key : place + '.' + key;
}

ResolvedRope resolvedRope(const json& configuration)
{
    return Resolver(configuration).resolve();
}

} // namespace bitloom

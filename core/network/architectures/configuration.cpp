// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/architectures/configuration.h"

#include "core/base/error.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace bitloom {

namespace {

constexpr int64_t kLargest = (int64_t{1} << 31) - 1; // some are kept as int

} // namespace

bool ConfigurationReader::has(const char* key) const
{
    return m_object.contains(key) && !m_object.at(key).is_null();
}

void ConfigurationReader::refuse(const std::string& what) const
{
    throw Error(m_family, std::string(m_file) + ' ' + what);
}

std::string ConfigurationReader::spelt(const char* key) const
{
    return m_spelling ? m_spelling(key) : std::string(key);
}

void ConfigurationReader::refuseValue(const char* key) const
{
    refuse("says " + spelt(key) + " is " + m_object.at(key).dump());
}

int64_t ConfigurationReader::whole(const char* key) const
{
    if (!has(key))
        refuse("has no " + spelt(key));
    const nlohmann::json& value = m_object.at(key);
    if (!value.is_number_integer() || value.get<double>() < 1 ||
        value.get<double>() > static_cast<double>(kLargest))
        refuseValue(key);
    return value.get<int64_t>();
}

int64_t ConfigurationReader::whole(const char* key, int64_t otherwise) const
{
    return has(key) ? whole(key) : otherwise;
}

double ConfigurationReader::positive(const char* key) const
{
    if (!has(key))
        refuse("has no " + spelt(key));
    const nlohmann::json& value = m_object.at(key);
    if (!value.is_number() || !(value.get<double>() > 0) || !std::isfinite(value.get<double>()))
        refuseValue(key);
    return value.get<double>();
}

double ConfigurationReader::positive(const char* key, double otherwise) const
{
    return has(key) ? positive(key) : otherwise;
}

bool ConfigurationReader::flag(const char* key, bool otherwise) const
{
    if (!has(key))
        return otherwise;
    const nlohmann::json& value = m_object.at(key);
    if (!value.is_boolean())
        refuseValue(key);
    return value.get<bool>();
}

std::string ConfigurationReader::text(const char* key, const std::string& otherwise) const
{
    if (!has(key))
        return otherwise;
    const nlohmann::json& value = m_object.at(key);
    if (!value.is_string())
        refuseValue(key);
    return value.get<std::string>();
}

std::string withoutQuotes(const nlohmann::json& value)
{
    return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string architectureName(const nlohmann::json& configuration)
{
    const auto names = configuration.find("architectures");
    const bool named = names != configuration.end() && names->is_array() && !names->empty() &&
                       names->front().is_string();
    return named ? names->front().get<std::string>() : std::string();
}

std::string activationOperation(const std::string& activation)
{
    if (activation == "gelu_python")
        return "gelu";
    return activation == "gelu_fast" || activation == "gelu_pytorch_tanh" ? "gelu_new" : activation;
}

std::string modelType(const nlohmann::json& configuration)
{
    const auto type = configuration.find("model_type");
    return type != configuration.end() && type->is_string() ? type->get<std::string>()
                                                            : std::string();
}

} // namespace bitloom

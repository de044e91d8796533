// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/model/side_files.h"

#include "core/base/error.h"
#include "core/files/formats/gguf_keys.h"

#include <nlohmann/json.hpp>

namespace bitloom {

namespace {

MetadataValue listFromJson(const nlohmann::json& list)
{
    if (list.empty() || list.front().is_string())
        return list.get<std::vector<std::string>>();
    if (list.front().is_boolean())
        return list.get<std::vector<bool>>();
    if (list.front().is_number_float())
        return list.get<std::vector<double>>();
    return list.get<std::vector<int64_t>>();
}

MetadataValue valueFromJson(const nlohmann::json& value)
{
    if (value.is_array())
        return listFromJson(value);
    if (value.is_boolean())
        return value.get<bool>();
    if (value.is_number_float())
        return value.get<double>();
    if (value.is_number_unsigned())
        return value.get<uint64_t>();
    if (value.is_number())
        return value.get<int64_t>();
    return value.get<std::string>();
}

} // namespace

std::map<std::string, std::string> sideFilesOf(const Model& model)
{
    std::map<std::string, std::string> files = model.checkpoint.sideFiles;
    if (model.checkpoint.format != "gguf")
        return files;
    files[kGgufKeysFile] = ggufKeysText(model.checkpoint);
    if (!model.configuration.empty())
        files["config.json"] = model.configuration;
    return files;
}

std::map<std::string, MetadataValue> ggufTokenizerKeys(const std::string& text)
{
    try {
        std::map<std::string, MetadataValue> keys;
        const nlohmann::json object =
            nlohmann::json::parse(text); // outlives the view that items() is
        for (const auto& [key, value] : object.items())
            keys[key] = valueFromJson(value);
        return keys;
    } catch (const nlohmann::json::exception&) {
        throw Error("open", "the tokenizer keys in the safetensors header cannot be understood");
    }
}

} // namespace bitloom

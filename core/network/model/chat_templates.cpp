// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/model/chat_templates.h"

#include "core/base/error.h"
#include "core/files/io/names.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace bitloom {

namespace {

using Texts = std::map<std::string, std::string>;
using ChatJson = nlohmann::json;

constexpr const char* kDefault = "default";
constexpr std::string_view kFurther = "additional_chat_templates/";
constexpr std::string_view kEnding = ".jinja";

/// "tool_use" of "additional_chat_templates/tool_use.jinja"; empty: another file.
std::string nameOfFile(const std::string& file)
{
    if (!file.starts_with(kFurther) || !file.ends_with(kEnding))
        return {};
    return file.substr(kFurther.size(), file.size() - kFurther.size() - kEnding.size());
}

Texts templatesInFiles(const Texts& sideFiles)
{
    Texts found;
    for (const auto& [file, text] : sideFiles)
        if (file == "chat_template.jinja")
            found[kDefault] = text;
        else if (const std::string name = nameOfFile(file); !name.empty())
            found[name] = text;
    return found;
}

/// A template, a list of them with names, or an object of names and templates.
Texts templatesIn(const ChatJson& value)
{
    Texts found;
    if (value.is_string())
        found[kDefault] = value.get<std::string>();
    if (value.is_array())
        for (const ChatJson& item : value)
            found[item.at("name").get<std::string>()] = item.at("template").get<std::string>();
    if (value.is_object())
        for (const auto& [name, text] : value.items())
            found[name] = text.get<std::string>();
    return found;
}

Texts templatesInJson(const Texts& sideFiles, const char* file)
{
    const auto text = sideFiles.find(file);
    if (text == sideFiles.end())
        return {};
    const ChatJson parsedFile = ChatJson::parse(text->second, nullptr, false);
    if (!parsedFile.is_object() || !parsedFile.contains("chat_template"))
        return {};
    try {
        return templatesIn(parsedFile.at("chat_template"));
    } catch (const ChatJson::exception&) {
        throw Error("export", "the chat_template of " + std::string(file) +
                                  " is neither a template nor a list of templates with names");
    }
}

std::string keyName(std::string name)
{
    std::replace_if(
        name.begin(), name.end(),
        [](char c) {
            return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'));
        },
        '_');
    return name;
}

} // namespace

Texts chatTemplates(const Texts& sideFiles)
{
    Texts found = templatesInFiles(sideFiles);
    for (const char* file : {"tokenizer_config.json", "chat_template.json"})
        if (found.empty())
            found = templatesInJson(sideFiles, file);
    return found;
}

std::vector<GgufEntry> ggufChatTemplates(const Texts& templates)
{
    const std::string key = "tokenizer.chat_template";
    std::vector<GgufEntry> entries;
    std::vector<std::string> names;
    for (const auto& [name, text] : templates) {
        if (name == kDefault) {
            entries.push_back({key, GgufEntry::Type::String, text});
            continue;
        }
        if (std::find(names.begin(), names.end(), keyName(name)) != names.end())
            throw Error("gguf", "two chat templates would both be called " + keyName(name) +
                                    " in a GGUF, one of them is " + shown(name));
        names.push_back(keyName(name));
        entries.push_back(
            {std::string(key).append(".").append(names.back()), GgufEntry::Type::String, text});
    }
    if (!names.empty())
        entries.push_back({key + "s", GgufEntry::Type::ArrayString, names});
    return entries;
}

} // namespace bitloom

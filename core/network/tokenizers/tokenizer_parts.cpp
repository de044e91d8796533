// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/tokenizers/tokenizer_parts.h"

#include "core/base/error.h"

#include <algorithm>

namespace bitloom::parts {

void refuse(const std::string& why)
{
    throw Error("tokenizer", "tokenizer.json " + why);
}

Json parsed(const std::map<std::string, std::string>& files, const std::string& name)
{
    const auto file = files.find(name);
    if (file == files.end())
        return Json::object();
    try {
        Json json = Json::parse(file->second);
        return json.is_object() ? json : Json::object();
    } catch (const Json::exception& error) {
        throw Error("tokenizer", name + " is not valid JSON: " + error.what());
    }
}

const Json& member(const Json& json, const char* name)
{
    static const Json kNull;
    const auto found = json.is_object() ? json.find(name) : json.end();
    return json.is_object() && found != json.end() ? *found : kNull;
}

std::string textOf(const Json& json, const char* name)
{
    const Json& value = member(json, name);
    return value.is_string() ? value.get<std::string>() : std::string();
}

bool flagOf(const Json& json, const char* name, bool otherwise)
{
    const Json& value = member(json, name);
    return value.is_boolean() ? value.get<bool>() : otherwise;
}

std::string typeOf(const Json& json)
{
    return textOf(json, "type");
}

std::vector<Json> stepsOf(const Json& step, const char* listName)
{
    if (step.is_null())
        return {};
    if (typeOf(step) != "Sequence")
        return {step};
    std::vector<Json> steps;
    for (const Json& inner : member(step, listName)) {
        const std::vector<Json> nested = stepsOf(inner, listName);
        steps.insert(steps.end(), nested.begin(), nested.end());
    }
    return steps;
}

void placeToken(TokenizerData& data, int64_t id, const std::string& token, TokenType type)
{
    if (id < 0 || id >= kMostTokens)
        refuse("gives the token '" + token + "' the id " + std::to_string(id));
    const auto index = static_cast<size_t>(id);
    if (index >= data.tokens.size()) {
        data.tokens.resize(index + 1);
        data.types.resize(index + 1, TokenType::Unused);
    }
    data.tokens[index] = token;
    data.types[index] = type;
}

void readVocabulary(TokenizerData& data, const Json& model)
{
    const Json& vocabulary = member(model, "vocab");
    if (!vocabulary.is_object() || vocabulary.empty())
        refuse("has no vocabulary");
    for (const auto& [token, id] : vocabulary.items())
        placeToken(data, id.get<int64_t>(), token, TokenType::Normal);
}

int32_t readAddedToken(TokenizerData& data, const Json& model, const Json& token, int32_t id,
                       bool normalizes)
{
    const std::string text = textOf(token, "content");
    for (const char* flag : {"single_word", "lstrip", "rstrip"}) {
        if (flagOf(token, flag))
            refuse("has the token '" + text + "' with " + flag + ", which cannot be honoured");
    }
    const Json& known = member(member(model, "vocab"), text.c_str());
    if (id >= 0 && known.is_number_integer())
        id = known.get<int32_t>();
    if (const auto index = static_cast<size_t>(id); id >= 0 && index < data.tokens.size() &&
                                                    data.types[index] != TokenType::Unused &&
                                                    data.tokens[index] != text)
        refuse("gives the id " + std::to_string(id) + " to two tokens");
    const bool special = flagOf(token, "special");
    placeToken(data, id, text, special ? TokenType::Control : TokenType::UserDefined);
    if (flagOf(token, "normalized", !special) && normalizes)
        data.matchedNormalized.insert(id);
    return id;
}

void readTemplate(TokenizerData& data, const Json& step)
{
    bool textSeen = false;
    for (const Json& part : member(step, "single")) {
        if (part.contains("Sequence")) {
            textSeen = true;
            continue;
        }
        const std::string name = textOf(member(part, "SpecialToken"), "id");
        const Json& ids = member(member(member(step, "special_tokens"), name.c_str()), "ids");
        bool& added = textSeen ? data.addEos : data.addBos;
        if (added || ids.size() != 1)
            refuse("adds more than one token to a side of every text");
        added = true;
        (textSeen ? data.endOfSequence : data.bos) = ids.at(0).get<int32_t>();
    }
}

int32_t idOf(const TokenizerData& data, const std::string& token)
{
    const auto found = std::find(data.tokens.begin(), data.tokens.end(), token);
    return token.empty() || found == data.tokens.end()
               ? -1
               : static_cast<int32_t>(found - data.tokens.begin());
}

} // namespace bitloom::parts

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/tokenizers/tokenizer_characters.h"

#include "core/base/error.h"
#include "core/network/tokenizers/utf8.h"

#include <nlohmann/json.hpp>

namespace bitloom {

namespace {

using Json = nlohmann::json;

constexpr const char* kConfiguration = "config.json";
constexpr const char* kVocabulary = "vocab.json";

Json objectIn(const std::map<std::string, std::string>& sideFiles, const char* name)
{
    const auto file = sideFiles.find(name);
    return file == sideFiles.end() ? Json() : Json::parse(file->second, nullptr, false);
}

[[noreturn]] void refuseTable(const std::string& why)
{
    throw Error("tokenizer", std::string(kVocabulary) + " " + why);
}

/// Of anything but one whole character the special tokens are made.
TokenType characterType(const std::string& token)
{
    const auto length = static_cast<size_t>(utf8Step(token).length);
    return length > 0 && length == token.size() ? TokenType::Normal : TokenType::Control;
}

void readVocabulary(const Json& vocabulary, TokenizerData& data)
{
    if (!vocabulary.is_object() || vocabulary.empty())
        refuseTable("is not a JSON object of characters and ids");
    for (const auto& [token, number] : vocabulary.items()) {
        if (!number.is_number_integer() || number.get<int64_t>() < 0 ||
            number.get<int64_t>() >= kMostTokens)
            refuseTable("gives \"" + token + "\" the id " + number.dump());
        const auto id = number.get<size_t>();
        if (id >= data.tokens.size()) {
            data.tokens.resize(id + 1);
            data.types.resize(id + 1, TokenType::Unused);
        }
        if (data.types[id] != TokenType::Unused)
            refuseTable("gives the id " + number.dump() + " to more than one character");
        data.tokens[id] = token;
        data.types[id] = characterType(token);
    }
}

/// −1: config.json names none.
int32_t namedToken(const Json& configuration, const char* key, const Json& vocabulary)
{
    const auto name = configuration.find(key);
    if (name == configuration.end() || name->is_null())
        return -1;
    if (!name->is_string() || !vocabulary.contains(name->get<std::string>()))
        refuseTable("lacks the " + std::string(key) + " " + name->dump() + " of " + kConfiguration);
    return vocabulary.at(name->get<std::string>()).get<int32_t>();
}

} // namespace

bool hasCharacterVocabulary(const std::map<std::string, std::string>& sideFiles)
{
    const Json configuration = objectIn(sideFiles, kConfiguration);
    return sideFiles.contains(kVocabulary) && configuration.is_object() &&
           configuration.contains("tokenizer") && configuration["tokenizer"] == "char";
}

TokenizerData tokenizerFromCharacters(const std::map<std::string, std::string>& sideFiles)
{
    const Json configuration = objectIn(sideFiles, kConfiguration);
    const Json vocabulary = objectIn(sideFiles, kVocabulary);
    TokenizerData data;
    data.kind = "char";
    data.addSpacePrefix = false;
    readVocabulary(vocabulary, data);
    data.bos = namedToken(configuration, "bos_token", vocabulary);
    data.endOfSequence = namedToken(configuration, "eos_token", vocabulary);
    data.unknown = namedToken(configuration, "unk_token", vocabulary);
    data.addBos = data.bos >= 0;
    for (const int32_t id : {data.bos, data.endOfSequence})
        if (id >= 0)
            data.types[static_cast<size_t>(id)] = TokenType::Control;
    if (data.unknown >= 0)
        data.types[static_cast<size_t>(data.unknown)] = TokenType::Unknown;
    if (data.endOfSequence >= 0)
        data.endOfText.insert(data.endOfSequence);
    return data;
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/tokenizers/tokenizer.h"

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

/// What the readers of tokenizer.json share.
namespace bitloom::parts {

using Json = nlohmann::json;

/// Error "[tokenizer] tokenizer.json <why>".
[[noreturn]] void refuse(const std::string& why);

/// The object that a file holds; empty where there is no such file. Error: not valid JSON.
Json parsed(const std::map<std::string, std::string>& files, const std::string& name);
/// A member, or null where it is absent.
const Json& member(const Json& json, const char* name);
std::string textOf(const Json& json, const char* name);
bool flagOf(const Json& json, const char* name, bool otherwise = false);
std::string typeOf(const Json& json);
/// A processing step as a list: a Sequence's members, or itself, or nothing.
std::vector<Json> stepsOf(const Json& step, const char* listName);

/// Error: an id nobody can mean.
void placeToken(TokenizerData& data, int64_t id, const std::string& token, TokenType type);
/// The model's vocabulary, an object of token and id. Error: empty or broken.
void readVocabulary(TokenizerData& data, const Json& model);
/// One added token. `normalizes`: the tokenizer has a normalizer, which such a token may want to
/// see the text through. One that the model's vocabulary has too keeps the id from there, as with
/// PyPI `tokenizers`. Returns its id. Error: a flag that cannot be honoured, or an id twice.
int32_t readAddedToken(TokenizerData& data, const Json& model, const Json& token, int32_t id,
                       bool normalizes);
/// A TemplateProcessing step: the tokens in front of and behind every text. Error: others.
void readTemplate(TokenizerData& data, const Json& step);
/// -1: none.
int32_t idOf(const TokenizerData& data, const std::string& token);

} // namespace bitloom::parts

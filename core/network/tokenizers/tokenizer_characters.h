// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/tokenizers/tokenizer.h"

#include <map>
#include <string>

namespace bitloom {

/// Whether the vocabulary is one of characters: config.json says `"tokenizer": "char"`, and
/// vocab.json holds the ids.
bool hasCharacterVocabulary(const std::map<std::string, std::string>& sideFiles);

/// That vocabulary, with the tokens that config.json names as bos_token, eos_token and unk_token.
/// Entries of more than one character are never found in a text. Error: one sentence, when an id is
/// there twice or a named token is not there.
TokenizerData tokenizerFromCharacters(const std::map<std::string, std::string>& sideFiles);

} // namespace bitloom

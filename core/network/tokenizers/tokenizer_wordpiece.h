// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/tokenizers/tokenizer.h"

#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace bitloom {

/// tokenizer.json of a BERT: BertNormalizer, BertPreTokenizer, TemplateProcessing or
/// BertProcessing, and the WordPiece decoder. Its truncation and padding are not the tokenizer's:
/// networks state how long a text may be, and nobody pads. Error, one sentence, when it asks for
/// something that cannot be honoured exactly.
TokenizerData wordPieceFromJson(const nlohmann::json& json);
/// vocab.txt, one token a line, with tokenizer_config.json and special_tokens_map.json where there
/// are any: what PyPI `transformers` makes of them for BertTokenizer. Error as above.
TokenizerData wordPieceFromVocabulary(const std::map<std::string, std::string>& sideFiles);

} // namespace bitloom

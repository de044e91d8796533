// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/tokenizers/tokenizer.h"

#include <map>
#include <string>

namespace bitloom {

/// What a Hugging Face folder says of its tokenizer: tokenizer.json decides, the side files
/// (tokenizer_config.json, special_tokens_map.json, generation_config.json, config.json) add the
/// ends of text, BOS where tokenizer.json has no template, and the chat template. Error, one
/// sentence, when it asks for something that cannot be honoured exactly.
TokenizerData tokenizerFromJson(const std::map<std::string, std::string>& sideFiles);

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/model/model.h"

namespace bitloom {

/// The texts that make a lone .safetensors open like the model it was written from: the side files
/// of a Hugging Face folder as they are; of a GGUF the configuration made from it, and all of its
/// keys (gguf_keys.h).
std::map<std::string, std::string> sideFilesOf(const Model& model);

/// Where earlier versions kept the tokenizer's keys of a GGUF, as JSON.
inline constexpr const char* kGgufTokenizerFile = "tokenizer.gguf.json";
/// These keys. Error: not such a text.
std::map<std::string, MetadataValue> ggufTokenizerKeys(const std::string& text);

} // namespace bitloom

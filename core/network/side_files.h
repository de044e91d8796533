// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/model.h"

namespace bitloom {

/// The texts that make a lone .safetensors open like the model it was written from: the side files
/// of a Hugging Face folder as they are; of a GGUF the configuration made from it, and its
/// tokenizer keys as JSON under kGgufTokenizerFile.
std::map<std::string, std::string> sideFilesOf(const Model& model);

inline constexpr const char* kGgufTokenizerFile = "tokenizer.gguf.json";
/// The keys that sideFilesOf wrote. Error: not such a text.
std::map<std::string, MetadataValue> ggufTokenizerKeys(const std::string& text);

} // namespace bitloom

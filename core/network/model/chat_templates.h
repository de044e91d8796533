// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/formats/writers.h"

#include <map>
#include <string>
#include <vector>

namespace bitloom {

/// The chat templates of a Hugging Face folder by name; the one without a name is "default". Where
/// several files have some, those decide that transformers takes: chat_template.jinja with its
/// neighbours in additional_chat_templates/, then tokenizer_config.json, then chat_template.json.
std::map<std::string, std::string>
chatTemplates(const std::map<std::string, std::string>& sideFiles);

/// The keys under which llama.cpp looks for them (convert_hf_to_gguf.py): names keep letters,
/// digits and underscores. Error: two names become one.
std::vector<GgufEntry> ggufChatTemplates(const std::map<std::string, std::string>& templates);

} // namespace bitloom

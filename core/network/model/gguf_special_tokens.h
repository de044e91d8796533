// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/formats/writers.h"
#include "core/network/tokenizers/tokenizer.h"

#include <map>
#include <string>
#include <vector>

namespace bitloom {

/// The keys of the tokens that pad, separate, classify and mask, where a Hugging Face folder names
/// them: no text of ours needs them, and other programs do.
std::vector<GgufEntry> ggufSpecialTokens(const TokenizerData& data,
                                         const std::map<std::string, std::string>& sideFiles);

} // namespace bitloom

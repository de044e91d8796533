// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/formats/writers.h"
#include "core/network/tokenizers/tokenizer.h"

#include <cstdint>
#include <vector>

namespace bitloom {

/// The tokenizer.* keys of a GGUF file, such that llama.cpp and
/// tokenizerFromGguf give the same ids. SentencePiece-style scores are −rank of the merge that
/// makes the token. The token list is filled up with unused ones to `vocabulary`, the rows of the
/// embedding. GGUF has no words for prefixFirstOnly, prefixUnlessBlank, matchedNormalized and more
/// than three ends of text: they are left out. Error: no name for the pre-tokenizer, byte tokens
/// missing.
std::vector<GgufEntry> ggufTokenizerMetadata(const TokenizerData& data, int64_t vocabulary = 0);

/// The other way round. Error when the keys are broken or ask for what cannot be honoured exactly.
TokenizerData tokenizerFromGguf(const std::map<std::string, MetadataValue>& metadata);

} // namespace bitloom

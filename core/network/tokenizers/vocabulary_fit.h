// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/tokenizers/tokenizer.h"

#include <cstdint>
#include <memory>
#include <string>

namespace bitloom {

/// Empty where a tokenizer has a token for each row of a network's table of tokens, and a row for
/// each token. Otherwise one sentence: what that means to a run. Error when every text would hold
/// a token that has no row.
std::string vocabularyNotice(const TokenizerData& data, int64_t rows);

/// A tokenizer that reads as the one given does, but a text with a token that has no row is an
/// Error that names the token, whoever reads the text.
std::unique_ptr<Tokenizer> boundedTokenizer(std::unique_ptr<Tokenizer> tokenizer, int64_t rows);

} // namespace bitloom

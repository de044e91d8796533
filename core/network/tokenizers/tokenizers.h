// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/tokenizers/tokenizer.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bitloom {

/// A row of the tokenizers table.
struct TokenizerKind {
    std::string_view id; ///< TokenizerData::kind
    std::string_view title;
    std::unique_ptr<Tokenizer> (*make)(TokenizerData data);
};
const std::vector<TokenizerKind>& tokenizerKinds();

std::unique_ptr<Tokenizer> makeLlamaTokenizer(TokenizerData data);
std::unique_ptr<Tokenizer> makeGpt2Tokenizer(TokenizerData data);
std::unique_ptr<Tokenizer> makeBpeTokenizer(TokenizerData data);
std::unique_ptr<Tokenizer> makeCharTokenizer(TokenizerData data);
std::unique_ptr<Tokenizer> makeWordPieceTokenizer(TokenizerData data);

/// U+2581, what a SentencePiece-style vocabulary writes for a blank.
inline constexpr std::string_view kMetaspace = "\xE2\x96\x81";

/// Tokens that text never shows.
constexpr bool isSpecial(TokenType type)
{
    return type == TokenType::Control || type == TokenType::Unknown;
}

/// "<0x0A>": how a SentencePiece-style vocabulary spells a byte.
std::string byteTokenName(unsigned char byte);
/// −1: not called like a byte.
int byteOfToken(const std::string& token);

} // namespace bitloom

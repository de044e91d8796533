// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/checkpoint.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace bitloom {

/// GGUF's token types (formats.md §2.3).
enum class TokenType {
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6
};

/// All a tokenizer is made of, independent of the file it came from; what GGUF stores.
struct TokenizerData {
    std::string kind; ///< row of the tokenizers table: "llama" (SentencePiece-style BPE with byte
                      ///< fallback) or "gpt2" (byte-level BPE)
    std::vector<std::string> tokens; ///< by id, in the file's alphabet (U+2581, or byte-to-unicode)
    std::vector<TokenType> types;    ///< by id
    std::vector<std::string> merges; ///< "left right" in rank order
    std::string preTokenizer;        ///< gpt2: the regular expression; empty: GPT-2's own
    std::string preTokenizerName;    ///< GGUF's tokenizer.ggml.pre ("gpt-2", "llama-bpe", ...), or
                                     ///< empty when none is known
    bool addSpacePrefix = true;      ///< llama: U+2581 in front of the text
    bool addBos = true;
    bool addEos = false;
    bool ignoreMerges = false;
    int32_t bos = -1;
    int32_t unknown = -1;
    std::set<int32_t> endOfText; ///< tokens that end a generation
    std::string chatTemplate;
};

/// Text to token ids and back. Immutable and thread safe.
class Tokenizer {
public:
    virtual ~Tokenizer() = default;
    /// Ids of `text`; special tokens written out in the text are recognised. `withSpecial` puts BOS
    /// in front (and EOS behind) where the tokenizer asks for it. Equal to PyPI `tokenizers`.
    virtual std::vector<int32_t> encode(std::string_view text, bool withSpecial) const = 0;
    /// Text of `ids`, special tokens left out. Incomplete UTF-8 at the end becomes U+FFFD.
    virtual std::string decode(std::span<const int32_t> ids) const = 0;
    const TokenizerData& data() const { return m_data; }

protected:
    TokenizerData m_data;
};

/// Reads tokenizer.json (and its side files) or GGUF metadata; nullopt when the checkpoint has
/// none, Error (one sentence) when it has one we cannot honour exactly.
std::optional<TokenizerData> readTokenizerData(const Checkpoint& checkpoint);
/// Builds the tokenizer of data.kind. Error: unknown kind, broken data.
std::unique_ptr<Tokenizer> makeTokenizer(TokenizerData data);

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/formats/checkpoint.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace bitloom {

/// GGUF's token types (tokenizer.ggml.token_type).
enum class TokenType {
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6
};

/// A byte that no UTF-8 has.
inline constexpr char kNoText = '\xFF';

/// wordpiece: how text becomes words, and words pieces.
struct WordPieceRules {
    bool cleanText = true;           ///< control characters go, every blank becomes ' '
    bool separateIdeographs = true;  ///< each is a word
    bool stripAccents = true;        ///< by decomposing (NFD) and dropping nonspacing marks
    bool lowerCase = true;           ///< character by character
    bool cleanUp = true;             ///< decoded text has no blank in front of a full stop, ...
    std::string continuation = "##"; ///< begins the pieces that do not begin a word
    int64_t mostCharacters = 100;    ///< in a word; longer ones are unknown
    std::set<int32_t> neverPieces; ///< found where the text spells them out, not as part of a word
};

/// Ids from here on are nobody's.
inline constexpr int64_t kMostTokens = int64_t{1} << 24;

/// All a tokenizer is made of, independent of the file it came from; what GGUF stores.
struct TokenizerData {
    std::string kind; ///< row of the tokenizers table: "llama" (SentencePiece-style BPE with byte
                      ///< fallback), "gpt2" (byte-level BPE), "bpe" (of characters), "char" or
                      ///< "wordpiece"
    std::vector<std::string> tokens; ///< by id, in the file's alphabet (U+2581, or byte-to-unicode)
    std::vector<TokenType> types;    ///< by id
    std::vector<std::string> merges; ///< "left right" in rank order
    char mergeSeparator = ' ';       ///< between them; bpe: kNoText, for blanks are ordinary there
    std::vector<double> scores;      ///< llama without merges: two pieces join where that makes a
                                     ///< token, highest score first; else empty
    std::string preTokenizer;        ///< gpt2: the regular expression; empty: GPT-2's own
    std::string preTokenizerName;    ///< GGUF's tokenizer.ggml.pre ("gpt-2", "llama-bpe", ...), or
                                     ///< empty when none is known
    bool addSpacePrefix = true;      ///< a blank in front of every stretch between special tokens
    bool prefixFirstOnly = false;    ///< ... only in front of the text's beginning
    bool prefixUnlessBlank = false;  ///< ... only where the stretch begins with none
    bool addBos = true;
    bool contextBos = false; ///< the network expects BOS in front of a text though the tokenizer
                             ///< puts none there (GPT-2)
    bool addEos = false;
    bool ignoreMerges = false;
    int32_t bos = -1;           ///< wordpiece: [CLS]
    int32_t endOfSequence = -1; ///< what addEos appends; GGUF's eos_token_id; wordpiece: [SEP]
    int32_t unknown = -1;
    bool fuseUnknown = false;    ///< bpe: unknown characters in a row are one
    std::set<int32_t> endOfText; ///< tokens that end a generation
    std::set<int32_t> notBytes; ///< llama: tokens that are called like a byte, <0x41>, and are none
    std::set<int32_t>
        matchedNormalized; ///< llama, wordpiece: written tokens that are looked for after the text
                           ///< was normalized (blanks became U+2581; lower case)
    WordPieceRules wordPiece;

    /// Whether a text, as the network is to see it, begins with BOS.
    bool startsWithBos() const { return bos >= 0 && (addBos || contextBos); }
};

/// Text to token ids and back. Immutable and thread safe.
class Tokenizer {
public:
    explicit Tokenizer(TokenizerData data = {})
        : m_data(std::move(data))
    {
    }
    virtual ~Tokenizer() = default;
    /// Ids of `text`; special tokens written out in the text are recognised (but by char).
    /// `withSpecial` puts BOS in front (and EOS behind) where the tokenizer asks for it. Equal to
    /// PyPI `tokenizers`.
    virtual std::vector<int32_t> encode(std::string_view text, bool withSpecial) const = 0;
    /// Characters of `text` that encode leaves out: the vocabulary has neither them nor a token for
    /// what is unknown.
    virtual int64_t dropped(std::string_view /*text*/) const { return 0; }
    /// Text of `ids`, special tokens left out. Incomplete UTF-8 at the end becomes U+FFFD.
    virtual std::string decode(std::span<const int32_t> ids) const = 0;
    /// What one token adds to a text, perhaps a part of a character; nothing for special tokens.
    virtual std::string tokenBytes(int32_t id) const { return decode({&id, 1}); }
    /// Whether the blank in front of a text's first token belongs to the token only, not to the
    /// text.
    virtual bool dropsFirstBlank() const { return false; }
    const TokenizerData& data() const { return m_data; }
    /// No two have the same one: tokens are kept by it.
    uint64_t number() const { return m_number; }

protected:
    TokenizerData m_data;

private:
    static inline std::atomic<uint64_t> s_made = 0;
    uint64_t m_number = ++s_made;
};

/// Reads tokenizer.json (and its side files) or GGUF metadata; nullopt when the checkpoint has
/// none, Error (one sentence) when it has one we cannot honour exactly.
std::optional<TokenizerData> readTokenizerData(const Checkpoint& checkpoint);
/// Builds the tokenizer of data.kind. Error: unknown kind, broken data.
std::unique_ptr<Tokenizer> makeTokenizer(TokenizerData data);

} // namespace bitloom

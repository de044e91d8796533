// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/tokenizers/merges.h"
#include "core/network/tokenizers/special_tokens.h"

namespace bitloom {

/// What both kinds of BPE share: special tokens, BOS and EOS, text from ids. A kind adds how the
/// stretches between special tokens become ids, and what bytes a token stands for.
class BpeTokenizer : public Tokenizer {
public:
    std::vector<int32_t> encode(std::string_view text, bool withSpecial) const final;
    std::string decode(std::span<const int32_t> ids) const final;
    std::string tokenBytes(int32_t id) const final;
    int64_t dropped(std::string_view text) const final;

protected:
    /// Error when a merge is broken.
    explicit BpeTokenizer(TokenizerData data);

    /// `stretch`: well-formed UTF-8, never empty. `first`: the text begins with it.
    virtual void encodeStretch(std::string_view stretch, bool first, Merger& merger,
                               std::vector<int32_t>& ids) const = 0;
    virtual std::string bytesOf(int32_t id) const = 0;
    /// Whether there are tokens for all of a character, a blank being a blank.
    virtual bool knows(std::string_view character) const = 0;

    /// -1: no such token.
    int32_t find(std::string_view token) const;
    /// Whether `blank` is to be put in front of `stretch`.
    bool wantsPrefix(std::string_view stretch, std::string_view blank, bool first) const;
    /// Adds the id of a character the vocabulary lacks; without an unknown token it is dropped.
    void addUnknown(std::vector<int32_t>& symbols, bool fuse) const;

private:
    Vocabulary m_vocabulary;
    MergeTable m_merges;
    SpecialTokens m_special;
};

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/text/sentences.h"
#include "core/analyze/text/text.h"

#include <memory>
#include <string>

namespace bitloom {

/// A text that models are measured on. Copies share it and what is made of it, which is made once:
/// its hash, its tokens, its windows and its sentences. Nothing of it changes, and any thread may
/// ask for all of it.
class Corpus {
public:
    /// Windows, and the characters that the tokenizer left out.
    struct Cut {
        std::vector<Window> windows;
        int64_t dropped = 0;
    };

    Corpus(std::string text = {}); // not explicit: where a corpus is wanted, a text is one
    Corpus(const char* text);

    const std::string& text() const;
    bool empty() const { return text().empty(); }
    /// What tells its bytes from others' (Fingerprint::hex).
    const std::string& hash() const;
    /// Whether both have the same bytes.
    bool operator==(const Corpus& other) const;

    /// All of it encoded, as Tokenizer::encode does.
    std::shared_ptr<const std::vector<int32_t>> tokens(const Tokenizer& tokenizer,
                                                       bool withSpecial = false) const;
    /// Cut as makeWindows does, with its errors.
    std::shared_ptr<const Cut> windows(const Tokenizer& tokenizer, int64_t modelContext,
                                       const TextSettings& settings) const;
    /// Read as readSentences does, with its errors.
    std::shared_ptr<const Sentences> sentences(const Tokenizer& tokenizer, int64_t context,
                                               const std::vector<std::string>& labels, int64_t most,
                                               const std::string& name) const;

private:
    struct Shared;
    std::shared_ptr<Shared> m_shared;
};

} // namespace bitloom

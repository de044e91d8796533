// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bitloom {

/// A published way to cut text into words before byte-level BPE.
struct KnownPreTokenizer {
    std::string_view name; ///< GGUF's tokenizer.ggml.pre
    std::string_view pattern;
    bool ignoreMerges; ///< a word that is a token is taken as it is
    bool addBos;       ///< what a file that does not say means
};
const std::vector<KnownPreTokenizer>& knownPreTokenizers();
const KnownPreTokenizer* findPreTokenizer(std::string_view name);
/// nullptr when nobody has published it.
const KnownPreTokenizer* findPreTokenizerFor(std::string_view pattern, bool ignoreMerges);
/// GPT-2's pattern, which tokenizer.json writes as ByteLevel with use_regex.
std::string_view gpt2Pattern();

/// Cuts text where a regular expression says: matches and what lies between them are words.
class PreTokenizer {
public:
    /// Error when the expression does not compile.
    explicit PreTokenizer(const std::string& pattern);
    ~PreTokenizer();
    PreTokenizer(const PreTokenizer&) = delete;
    PreTokenizer& operator=(const PreTokenizer&) = delete;

    /// Well-formed UTF-8 only; the words point into `text`. Thread safe.
    std::vector<std::string_view> split(std::string_view text) const;

private:
    struct Compiled;
    std::unique_ptr<Compiled> m_compiled;
};

} // namespace bitloom

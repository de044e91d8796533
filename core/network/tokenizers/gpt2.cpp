// SPDX-License-Identifier: GPL-3.0-or-later
// Byte-level BPE: a regular expression cuts the text into words, whose bytes are the symbols.
#include "core/network/tokenizers/bpe_tokenizer.h"
#include "core/network/tokenizers/byte_alphabet.h"
#include "core/network/tokenizers/pre_tokenizer.h"
#include "core/network/tokenizers/tokenizers.h"

#include <algorithm>
#include <array>

namespace bitloom {

namespace {

class Gpt2Tokenizer final : public BpeTokenizer {
public:
    explicit Gpt2Tokenizer(TokenizerData data)
        : BpeTokenizer(std::move(data))
        , m_preTokenizer(m_data.preTokenizer.empty() ? std::string(gpt2Pattern())
                                                     : m_data.preTokenizer)
    {
        for (unsigned byte = 0; byte < 256; ++byte)
            m_bytes[byte] = find(byteCharacter(static_cast<unsigned char>(byte)));
    }

private:
    void encodeStretch(std::string_view stretch, bool first, Merger& merger,
                       std::vector<int32_t>& ids) const override
    {
        std::string prefixed;
        if (wantsPrefix(stretch, " ", first)) {
            prefixed.assign(" ").append(stretch);
            stretch = prefixed;
        }
        std::vector<int32_t> symbols;
        for (const std::string_view word : m_preTokenizer.split(stretch)) {
            encodeWord(word, merger, symbols);
            ids.insert(ids.end(), symbols.begin(), symbols.end());
        }
    }

    void encodeWord(std::string_view word, Merger& merger, std::vector<int32_t>& symbols) const
    {
        symbols.clear();
        if (m_data.ignoreMerges) {
            if (const int32_t whole = find(toByteAlphabet(word)); whole >= 0) {
                symbols.push_back(whole);
                return;
            }
        }
        for (const char byte : word) {
            if (const int32_t id = m_bytes[static_cast<unsigned char>(byte)]; id >= 0)
                symbols.push_back(id);
            else
                addUnknown(symbols, false);
        }
        merger.apply(symbols);
    }

    std::string bytesOf(int32_t id) const override
    {
        const std::string& token = m_data.tokens[static_cast<size_t>(id)];
        return fromByteAlphabet(token).value_or(token);
    }

    bool knows(std::string_view character) const override
    {
        return std::ranges::all_of(
            character, [&](char byte) { return m_bytes[static_cast<unsigned char>(byte)] >= 0; });
    }

    PreTokenizer m_preTokenizer;
    std::array<int32_t, 256> m_bytes{};
};

} // namespace

std::unique_ptr<Tokenizer> makeGpt2Tokenizer(TokenizerData data)
{
    return std::make_unique<Gpt2Tokenizer>(std::move(data));
}

} // namespace bitloom

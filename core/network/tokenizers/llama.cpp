// SPDX-License-Identifier: GPL-3.0-or-later
// SentencePiece-style BPE: blanks are U+2581, characters outside the vocabulary become byte tokens.
#include "core/network/tokenizers/bpe_tokenizer.h"
#include "core/network/tokenizers/tokenizers.h"
#include "core/network/tokenizers/utf8.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace bitloom {

namespace {

std::string replaced(std::string_view text, std::string_view from, std::string_view to)
{
    std::string result;
    result.reserve(text.size() + text.size() / 2);
    for (size_t at = 0; at < text.size();) {
        const size_t found = std::min(text.find(from, at), text.size());
        result += text.substr(at, found - at);
        if (found < text.size())
            result += to;
        at = found + from.size();
    }
    return result;
}

/// Where the next word's blank stands, or the end.
size_t wordEnd(std::string_view text)
{
    size_t at = 0;
    while (text.substr(at).starts_with(kMetaspace))
        at += kMetaspace.size();
    return std::min(text.find(kMetaspace, at), text.size());
}

/// True when no token has a blank after another character: then nothing joins across the beginning
/// of a word, and words can be encoded one by one.
bool wordsAreSeparate(const TokenizerData& data)
{
    for (size_t id = 0; id < data.tokens.size(); ++id) {
        if (data.types[id] == TokenType::Normal &&
            wordEnd(data.tokens[id]) < data.tokens[id].size())
            return false;
    }
    return true;
}

class LlamaTokenizer final : public BpeTokenizer {
public:
    explicit LlamaTokenizer(TokenizerData data)
        : BpeTokenizer(std::move(data))
        , m_wordByWord(find(kMetaspace) >= 0 && wordsAreSeparate(m_data))
    {
        for (unsigned byte = 0; byte < 256; ++byte) {
            const int32_t id = find(byteTokenName(static_cast<unsigned char>(byte)));
            m_bytes[byte] = m_data.notBytes.contains(id) ? -1 : id;
        }
        for (const int32_t id : m_data.matchedNormalized)
            m_normalizedSpecial.add(normalized(m_data.tokens[static_cast<size_t>(id)], true), id);
    }

    bool dropsFirstBlank() const override { return m_data.addSpacePrefix; }

private:
    std::string normalized(std::string_view stretch, bool first) const
    {
        std::string text = replaced(stretch, " ", kMetaspace);
        return wantsPrefix(text, kMetaspace, first) ? std::string(kMetaspace) + text : text;
    }

    void encodeStretch(std::string_view stretch, bool first, Merger& merger,
                       std::vector<int32_t>& ids) const override
    {
        const std::string text = normalized(stretch, first);
        cutAtSpecialTokens(
            m_normalizedSpecial, text,
            [&](std::string_view piece, bool) { encodeNormalized(piece, merger, ids); },
            [&](int32_t id) { ids.push_back(id); });
    }

    void encodeNormalized(std::string_view text, Merger& merger, std::vector<int32_t>& ids) const
    {
        std::vector<int32_t> symbols;
        while (!text.empty()) {
            const std::string_view word =
                text.substr(0, m_wordByWord ? wordEnd(text) : text.size());
            text.remove_prefix(word.size());
            symbols.clear();
            addSymbols(word, symbols);
            merger.apply(symbols);
            ids.insert(ids.end(), symbols.begin(), symbols.end());
        }
    }

    void addSymbols(std::string_view word, std::vector<int32_t>& symbols) const
    {
        while (!word.empty()) {
            const auto length = static_cast<size_t>(utf8Step(word).length);
            addCharacter(word.substr(0, length), symbols);
            word.remove_prefix(length);
        }
    }

    void addCharacter(std::string_view character, std::vector<int32_t>& symbols) const
    {
        if (const int32_t id = find(character); id >= 0)
            symbols.push_back(id);
        else if (hasBytes(character))
            for (const char byte : character)
                symbols.push_back(m_bytes[static_cast<unsigned char>(byte)]);
        else
            addUnknown(symbols, true);
    }

    bool hasBytes(std::string_view character) const
    {
        return std::ranges::all_of(
            character, [&](char byte) { return m_bytes[static_cast<unsigned char>(byte)] >= 0; });
    }

    bool knows(std::string_view character) const override
    {
        const std::string_view spelled = character == " " ? kMetaspace : character;
        return find(spelled) >= 0 || hasBytes(spelled);
    }

    std::string bytesOf(int32_t id) const override
    {
        const std::string& token = m_data.tokens[static_cast<size_t>(id)];
        if (const int byte = byteOfToken(token); byte >= 0 && !m_data.notBytes.contains(id))
            return {static_cast<char>(byte)};
        return replaced(token, kMetaspace, " ");
    }

    bool m_wordByWord;
    std::array<int32_t, 256> m_bytes{};
    SpecialTokens m_normalizedSpecial;
};

} // namespace

std::string byteTokenName(unsigned char byte)
{
    char name[8];
    std::snprintf(name, sizeof name, "<0x%02X>", byte);
    return name;
}

int byteOfToken(const std::string& token)
{
    unsigned byte = 0;
    const bool named = token.size() == 6 && std::sscanf(token.c_str(), "<0x%2X>", &byte) == 1 &&
                       token == byteTokenName(static_cast<unsigned char>(byte));
    return named ? static_cast<int>(byte) : -1;
}

std::unique_ptr<Tokenizer> makeLlamaTokenizer(TokenizerData data)
{
    return std::make_unique<LlamaTokenizer>(std::move(data));
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
// WordPiece as BERT uses it: cleaned, lower-cased text, cut at blanks and punctuation, each word
// spelled by the longest pieces from its beginning (Schuster and Nakajima 2012; Devlin et al.
// 2019).
#include "core/network/tokenizers/special_tokens.h"
#include "core/network/tokenizers/token_stream.h"
#include "core/network/tokenizers/tokenizers.h"
#include "core/network/tokenizers/unicode.h"

#include <array>
#include <unordered_map>
#include <utility>

namespace bitloom {

namespace {

std::u32string cleaned(const std::u32string& text)
{
    std::u32string result;
    result.reserve(text.size());
    for (const char32_t character : text) {
        if (unicode::isBlank(character) && !unicode::isControl(character))
            result += U' ';
        else if (character != 0xFFFD && !unicode::isControl(character))
            result += character;
    }
    return result;
}

std::u32string withSeparateIdeographs(const std::u32string& text)
{
    std::u32string result;
    result.reserve(text.size());
    for (const char32_t character : text) {
        if (unicode::isIdeograph(character))
            result.append({U' ', character, U' '});
        else
            result += character;
    }
    return result;
}

std::string normalized(std::string_view text, const WordPieceRules& rules)
{
    std::u32string characters = unicode::fromUtf8(text);
    if (rules.cleanText)
        characters = cleaned(characters);
    if (rules.separateIdeographs)
        characters = withSeparateIdeographs(characters);
    if (rules.stripAccents) {
        characters = unicode::decomposed(characters);
        std::erase_if(characters, unicode::isNonspacingMark);
    }
    if (rules.lowerCase)
        characters = unicode::lowerCase(characters);
    return unicode::toUtf8(characters);
}

/// PyPI `tokenizers`, decoders/wordpiece.rs: applied to each token with the blank in front of it.
std::string cleanedUp(std::string text)
{
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kReplacements = {
        {{" .", "."},
         {" ?", "?"},
         {" !", "!"},
         {" ,", ","},
         {" ' ", "'"},
         {" n't", "n't"},
         {" 'm", "'m"},
         {" do not", " don't"},
         {" 's", "'s"},
         {" 've", "'ve"},
         {" 're", "'re"}}};
    for (const auto& [from, to] : kReplacements) {
        for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
            text.replace(at, from.size(), to);
    }
    return text;
}

class WordPieceTokenizer final : public Tokenizer {
public:
    explicit WordPieceTokenizer(TokenizerData data)
        : Tokenizer(std::move(data))
    {
        for (const int32_t id : m_data.matchedNormalized) {
            std::string& token = m_data.tokens[static_cast<size_t>(id)];
            token = normalized(token, m_data.wordPiece);
        }
        for (size_t id = 0; id < m_data.tokens.size(); ++id)
            add(static_cast<int32_t>(id), m_data.tokens[id], m_data.types[id]);
    }

    std::vector<int32_t> encode(std::string_view text, bool withSpecial) const override
    {
        std::vector<int32_t> ids;
        const auto take = [&](int32_t id) { ids.push_back(id); };
        if (withSpecial && m_data.addBos)
            take(m_data.bos);
        const std::string repaired = repairedUtf8(text);
        cutAtSpecialTokens(
            m_written, repaired,
            [&](std::string_view stretch, bool /*first*/) {
                const std::string plain = normalized(stretch, m_data.wordPiece);
                cutAtSpecialTokens(
                    m_writtenNormalized, plain,
                    [&](std::string_view words, bool /*first*/) { encodeWords(words, ids); }, take);
            },
            take);
        if (withSpecial && m_data.addEos)
            take(m_data.endOfSequence);
        return ids;
    }

    std::string decode(std::span<const int32_t> ids) const override
    {
        std::string text;
        bool first = true;
        for (const int32_t id : ids) {
            if (!shown(id))
                continue;
            text += pieceText(m_data.tokens[static_cast<size_t>(id)], first);
            first = false;
        }
        return text;
    }

    std::string tokenBytes(int32_t id) const override
    {
        return shown(id) ? pieceText(m_data.tokens[static_cast<size_t>(id)], false) : std::string();
    }

    bool dropsFirstBlank() const override { return true; }

private:
    using Pieces = std::unordered_map<std::string_view, int32_t>;

    void add(int32_t id, const std::string& token, TokenType type)
    {
        if (isSpecial(type) || type == TokenType::UserDefined) {
            (m_data.matchedNormalized.contains(id) ? m_writtenNormalized : m_written)
                .add(token, id);
        }
        if (type == TokenType::Unused || m_data.wordPiece.neverPieces.contains(id))
            return;
        const std::string_view text = token;
        m_beginnings[text] = id;
        if (text.starts_with(m_data.wordPiece.continuation))
            m_continuations[text.substr(m_data.wordPiece.continuation.size())] = id;
    }

    void encodeWords(std::string_view text, std::vector<int32_t>& ids) const
    {
        size_t begin = 0;
        int64_t characters = 0;
        const auto endWord = [&](size_t at) {
            if (characters > 0)
                encodeWord(text.substr(begin, at - begin), characters, ids);
            begin = at;
            characters = 0;
        };
        size_t at = 0;
        for (const char32_t character : unicode::fromUtf8(text)) {
            const auto length = static_cast<size_t>(utf8Step(text.substr(at)).length);
            const bool blank = unicode::isBlank(character);
            const bool alone = !blank && unicode::isPunctuation(character);
            if (blank || alone)
                endWord(at);
            at += length;
            if (blank)
                begin = at;
            else
                ++characters;
            if (alone)
                endWord(at);
        }
        endWord(at);
    }

    void encodeWord(std::string_view word, int64_t characters, std::vector<int32_t>& ids) const
    {
        const size_t before = ids.size();
        size_t at = 0;
        while (characters <= m_data.wordPiece.mostCharacters && at < word.size()) {
            const auto [id, length] = longestPiece(word.substr(at), at == 0);
            if (id < 0)
                break;
            ids.push_back(id);
            at += length;
        }
        if (at == word.size())
            return;
        ids.resize(before);
        ids.push_back(m_data.unknown);
    }

    /// Id -1: no token begins the rest of a word.
    std::pair<int32_t, size_t> longestPiece(std::string_view rest, bool first) const
    {
        const Pieces& pieces = first ? m_beginnings : m_continuations;
        for (size_t length = rest.size(); length > 0; --length) {
            const auto found = pieces.find(rest.substr(0, length));
            if (found != pieces.end())
                return {found->second, length};
        }
        return {-1, 0};
    }

    bool shown(int32_t id) const
    {
        if (id < 0 || static_cast<size_t>(id) >= m_data.tokens.size())
            return false;
        const TokenType type = m_data.types[static_cast<size_t>(id)];
        return !isSpecial(type) && type != TokenType::Unused;
    }

    std::string pieceText(const std::string& token, bool first) const
    {
        const std::string& continuation = m_data.wordPiece.continuation;
        std::string text = first                             ? token
                           : token.starts_with(continuation) ? token.substr(continuation.size())
                                                             : " " + token;
        return m_data.wordPiece.cleanUp ? cleanedUp(std::move(text)) : text;
    }

    SpecialTokens m_written, m_writtenNormalized;
    Pieces m_beginnings, m_continuations; ///< views into m_data.tokens
};

} // namespace

std::unique_ptr<Tokenizer> makeWordPieceTokenizer(TokenizerData data)
{
    return std::make_unique<WordPieceTokenizer>(std::move(data));
}

} // namespace bitloom

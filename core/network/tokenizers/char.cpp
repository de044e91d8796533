// SPDX-License-Identifier: GPL-3.0-or-later
// Every character (Unicode code point) of a text is a token.
#include "core/network/tokenizers/tokenizers.h"
#include "core/network/tokenizers/utf8.h"

#include <unordered_map>

namespace bitloom {

namespace {

class CharTokenizer final : public Tokenizer {
public:
    explicit CharTokenizer(TokenizerData data)
        : Tokenizer(std::move(data))
    {
        for (size_t id = 0; id < m_data.tokens.size(); ++id)
            if (m_data.types[id] == TokenType::Normal)
                m_ids.emplace(m_data.tokens[id], static_cast<int32_t>(id));
    }

    std::vector<int32_t> encode(std::string_view text, bool withSpecial) const override
    {
        std::vector<int32_t> ids;
        if (withSpecial && m_data.addBos)
            ids.push_back(m_data.bos);
        forEachCharacter(text, [&](int32_t id) {
            if (id >= 0 || m_data.unknown >= 0)
                ids.push_back(id >= 0 ? id : m_data.unknown);
        });
        if (withSpecial && m_data.addEos)
            ids.push_back(m_data.endOfSequence);
        return ids;
    }

    int64_t dropped(std::string_view text) const override
    {
        int64_t count = 0;
        forEachCharacter(text, [&](int32_t id) { count += id < 0 && m_data.unknown < 0 ? 1 : 0; });
        return count;
    }

    std::string decode(std::span<const int32_t> ids) const override
    {
        std::string text;
        for (const int32_t id : ids)
            if (id >= 0 && static_cast<size_t>(id) < m_data.tokens.size() &&
                m_data.types[static_cast<size_t>(id)] == TokenType::Normal)
                text += m_data.tokens[static_cast<size_t>(id)];
        return text;
    }

private:
    /// Calls visit(id); −1: not in the vocabulary.
    template <typename Visit>
    void forEachCharacter(std::string_view text, const Visit& visit) const
    {
        const std::string repaired = repairedUtf8(text);
        for (size_t at = 0; at < repaired.size();) {
            const auto length =
                static_cast<size_t>(utf8Step(std::string_view(repaired).substr(at)).length);
            const auto found = m_ids.find(repaired.substr(at, length));
            visit(found == m_ids.end() ? -1 : found->second);
            at += length;
        }
    }

    std::unordered_map<std::string, int32_t> m_ids;
};

} // namespace

std::unique_ptr<Tokenizer> makeCharTokenizer(TokenizerData data)
{
    return std::make_unique<CharTokenizer>(std::move(data));
}

} // namespace bitloom

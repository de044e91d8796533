// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/tokenizers/vocabulary_fit.h"

#include "core/base/error.h"

namespace bitloom {

namespace {

std::string tokenText(const TokenizerData& data, int64_t id)
{
    const std::string number = std::to_string(id);
    const auto place = static_cast<size_t>(id);
    return place < data.tokens.size() ? data.tokens[place] + " (" + number + ")" : number;
}

/// Of the tokens in use.
int64_t endOfTokens(const TokenizerData& data)
{
    auto end = static_cast<int64_t>(data.tokens.size());
    while (end > 0 && data.types[static_cast<size_t>(end - 1)] == TokenType::Unused)
        --end;
    return end;
}

std::string rowsText(int64_t rows)
{
    return "the network's table has rows for tokens 0 to " + std::to_string(rows - 1) + " only";
}

class BoundedTokenizer final : public Tokenizer {
public:
    BoundedTokenizer(std::unique_ptr<Tokenizer> tokenizer, int64_t rows)
        : Tokenizer(tokenizer->data())
        , m_tokenizer(std::move(tokenizer))
        , m_rows(rows)
    {
    }

    std::vector<int32_t> encode(std::string_view text, bool withSpecial) const override
    {
        std::vector<int32_t> ids = m_tokenizer->encode(text, withSpecial);
        for (const int32_t id : ids)
            if (id >= m_rows)
                throw Error("text", "the text holds the token " + tokenText(m_data, id) + ", but " +
                                        rowsText(m_rows));
        return ids;
    }
    int64_t dropped(std::string_view text) const override { return m_tokenizer->dropped(text); }
    std::string decode(std::span<const int32_t> ids) const override
    {
        return m_tokenizer->decode(ids);
    }
    std::string tokenBytes(int32_t id) const override { return m_tokenizer->tokenBytes(id); }
    bool dropsFirstBlank() const override { return m_tokenizer->dropsFirstBlank(); }

private:
    std::unique_ptr<Tokenizer> m_tokenizer;
    int64_t m_rows;
};

} // namespace

std::string vocabularyNotice(const TokenizerData& data, int64_t rows)
{
    for (const int32_t id : {data.bos, data.endOfSequence})
        if (id >= rows)
            throw Error("tokenizer", "texts begin or end with the token " + tokenText(data, id) +
                                         ", but " + rowsText(rows));
    const int64_t end = endOfTokens(data);
    if (end > rows)
        return "The tokenizer has " + std::to_string(end) + " tokens, but " + rowsText(rows) +
               ": a text with another, such as " + tokenText(data, end - 1) + ", is refused.";
    if (end < rows)
        return "The network's table has " + std::to_string(rows) + " tokens, the tokenizer " +
               std::to_string(end) + ": the last " + std::to_string(rows - end) +
               " are in no text, and have no text when they are drawn.";
    return {};
}

std::unique_ptr<Tokenizer> boundedTokenizer(std::unique_ptr<Tokenizer> tokenizer, int64_t rows)
{
    if (endOfTokens(tokenizer->data()) <= rows)
        return tokenizer;
    return std::make_unique<BoundedTokenizer>(std::move(tokenizer), rows);
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/tokenizers/bpe_tokenizer.h"

#include "core/network/tokenizers/token_stream.h"
#include "core/network/tokenizers/tokenizers.h"
#include "core/network/tokenizers/utf8.h"

namespace bitloom {

BpeTokenizer::BpeTokenizer(TokenizerData data)
    : Tokenizer(std::move(data))
    , m_vocabulary(makeVocabulary(m_data))
    , m_merges(m_data, m_vocabulary)
{
    for (size_t id = 0; id < m_data.tokens.size(); ++id) {
        const bool written =
            isSpecial(m_data.types[id]) || m_data.types[id] == TokenType::UserDefined;
        if (written && !m_data.matchedNormalized.contains(static_cast<int32_t>(id)))
            m_special.add(m_data.tokens[id], static_cast<int32_t>(id));
    }
}

std::vector<int32_t> BpeTokenizer::encode(std::string_view text, bool withSpecial) const
{
    const std::string repaired = repairedUtf8(text);
    Merger merger(m_merges);
    std::vector<int32_t> ids;
    if (withSpecial && m_data.addBos)
        ids.push_back(m_data.bos);
    cutAtSpecialTokens(
        m_special, repaired,
        [&](std::string_view stretch, bool first) { encodeStretch(stretch, first, merger, ids); },
        [&](int32_t id) { ids.push_back(id); });
    if (withSpecial && m_data.addEos)
        ids.push_back(m_data.endOfSequence);
    return ids;
}

std::string BpeTokenizer::decode(std::span<const int32_t> ids) const
{
    TokenStream stream(*this);
    std::string text;
    for (const int32_t id : ids)
        text += stream.push(id);
    return text + stream.finish();
}

std::string BpeTokenizer::tokenBytes(int32_t id) const
{
    if (id < 0 || static_cast<size_t>(id) >= m_data.tokens.size())
        return {};
    const TokenType type = m_data.types[static_cast<size_t>(id)];
    if (isSpecial(type) || type == TokenType::Unused)
        return {};
    return bytesOf(id);
}

int64_t BpeTokenizer::dropped(std::string_view text) const
{
    if (m_data.unknown >= 0)
        return 0;
    int64_t count = 0;
    const std::string repaired = repairedUtf8(text);
    cutAtSpecialTokens(
        m_special, repaired,
        [&](std::string_view stretch, bool) {
            for (size_t length = 0; !stretch.empty(); stretch.remove_prefix(length)) {
                length = static_cast<size_t>(utf8Step(stretch).length);
                count += knows(stretch.substr(0, length)) ? 0 : 1;
            }
        },
        [](int32_t) {});
    return count;
}

int32_t BpeTokenizer::find(std::string_view token) const
{
    const auto found = m_vocabulary.find(token);
    return found == m_vocabulary.end() ? -1 : found->second;
}

bool BpeTokenizer::wantsPrefix(std::string_view stretch, std::string_view blank, bool first) const
{
    return m_data.addSpacePrefix && (first || !m_data.prefixFirstOnly) &&
           !(m_data.prefixUnlessBlank && stretch.starts_with(blank));
}

void BpeTokenizer::addUnknown(std::vector<int32_t>& symbols, bool fuse) const
{
    const bool fused = fuse && !symbols.empty() && symbols.back() == m_data.unknown;
    if (m_data.unknown >= 0 && !fused)
        symbols.push_back(m_data.unknown);
}

} // namespace bitloom

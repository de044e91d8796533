// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/tokenizers/special_tokens.h"

#include <algorithm>

namespace bitloom {

void SpecialTokens::add(std::string text, int32_t id)
{
    if (text.empty())
        return;
    auto& list = m_byFirstByte[static_cast<unsigned char>(text[0])];
    list.emplace_back(std::move(text), id);
    std::stable_sort(list.begin(), list.end(),
                     [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
}

SpecialTokens::Found SpecialTokens::find(std::string_view text, size_t from) const
{
    for (size_t at = from; at < text.size(); ++at) {
        for (const auto& [token, id] : m_byFirstByte[static_cast<unsigned char>(text[at])]) {
            if (text.substr(at, token.size()) == token)
                return {at, token.size(), id};
        }
    }
    return {};
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bitloom {

/// Finds tokens that are written out in a text: the leftmost, of those the longest.
class SpecialTokens {
public:
    void add(std::string text, int32_t id);

    struct Found {
        size_t position = std::string_view::npos; ///< npos: none
        size_t length = 0;
        int32_t id = -1;
    };
    Found find(std::string_view text, size_t from) const;

private:
    std::array<std::vector<std::pair<std::string, int32_t>>, 256> m_byFirstByte; ///< longest first
};

/// Calls between(stretch, isFirst) and special(id) for a text cut at its special tokens, in order.
template <typename Between, typename Special>
void cutAtSpecialTokens(const SpecialTokens& tokens, std::string_view text, Between between,
                        Special special)
{
    size_t at = 0;
    while (at < text.size()) {
        const SpecialTokens::Found found = tokens.find(text, at);
        const std::string_view stretch = text.substr(at, found.position - at);
        if (!stretch.empty())
            between(stretch, at == 0);
        if (found.id < 0)
            break;
        special(found.id);
        at = found.position + found.length;
    }
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/tokenizers/token_stream.h"

#include <utility>

namespace bitloom {

std::string TokenStream::push(int32_t id)
{
    const std::string bytes = m_tokenizer.tokenBytes(id);
    if (bytes.empty())
        return {};
    const bool drop = std::exchange(m_dropBlank, false) && bytes.front() == ' ';
    return m_text.push(std::string_view(bytes).substr(drop ? 1 : 0));
}

} // namespace bitloom

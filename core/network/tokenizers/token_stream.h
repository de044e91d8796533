// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/tokenizers/tokenizer.h"
#include "core/network/tokenizers/utf8.h"

#include <string>

namespace bitloom {

/// Turns ids that come one by one into text, whole characters at a time; the pieces joined are
/// exactly Tokenizer::decode of all ids. To continue a prompt, push the prompt's ids first and
/// throw their text away: the blank in front of a text is dropped only at its beginning.
class TokenStream {
public:
    explicit TokenStream(const Tokenizer& tokenizer)
        : m_tokenizer(tokenizer)
        , m_dropBlank(tokenizer.dropsFirstBlank())
    {
    }
    /// What can be shown now; may be empty.
    std::string push(int32_t id);
    /// The rest: U+FFFD for a character that never ended.
    std::string finish() { return m_text.finish(); }

private:
    const Tokenizer& m_tokenizer;
    Utf8Stream m_text;
    bool m_dropBlank;
};

} // namespace bitloom

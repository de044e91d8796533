// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace bitloom {

inline constexpr std::string_view kReplacement = "\xEF\xBF\xBD"; ///< U+FFFD

/// Bytes of the well-formed character at the beginning of `text`; 0: none is there, and `broken`
/// bytes are to be replaced by one U+FFFD (Unicode 15, §3.9, "maximal subparts"); both 0: the text
/// ends in the middle of what may become one.
struct Utf8Step {
    int length = 0;
    int broken = 0;
};
Utf8Step utf8Step(std::string_view text);

/// Turns bytes that come in pieces into well-formed UTF-8, whole characters at a time.
class Utf8Stream {
public:
    std::string push(std::string_view bytes);
    /// What is left: U+FFFD for a character that never ended.
    std::string finish();

private:
    std::string m_pending;
};

/// `text` with every malformed part replaced by U+FFFD.
std::string repairedUtf8(std::string_view text);
/// Appends the UTF-8 of a code point below U+10000.
void appendUtf8(std::string& text, char32_t codePoint);

} // namespace bitloom

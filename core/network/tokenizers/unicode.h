// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

/// What BERT's tokenizer asks of characters, answered as PyPI `tokenizers` 0.23 does: its tables of
/// categories are those of Unicode 8, so characters that are newer have none. Compared with it for
/// every code point: they differ in 55 capitals newer than Debian's ICU (Unicode 15), which stay
/// capitals here, and in U+11938, which is decomposed here.
namespace bitloom::unicode {

/// Other (Cc, Cf, Co): dropped from cleaned text. Tabs and line ends are blanks.
bool isControl(char32_t character);
/// White_Space.
bool isBlank(char32_t character);
bool isNonspacingMark(char32_t character);
/// P*, and all of ASCII that is neither letter, digit, blank nor control.
bool isPunctuation(char32_t character);
/// In one of the blocks of Chinese characters that BERT names.
bool isIdeograph(char32_t character);

/// Canonical decomposition (NFD).
std::u32string decomposed(const std::u32string& text);
/// Lower case of each character by itself (no final sigma).
std::u32string lowerCase(const std::u32string& text);

/// From and to well-formed UTF-8.
std::u32string fromUtf8(std::string_view text);
std::string toUtf8(const std::u32string& text);

} // namespace bitloom::unicode

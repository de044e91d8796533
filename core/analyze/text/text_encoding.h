// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bitloom {

/// A byte order mark at the beginning of a text.
struct ByteOrderMark {
    const char* encoding = nullptr; ///< as iconv calls it; null: there is none
    size_t bytes = 0;               ///< of the mark
    size_t unit = 1;                ///< bytes of a code unit
    bool bigEndian = false;
};
ByteOrderMark byteOrderMark(std::string_view bytes);

/// Code units of two or four bytes as UTF-8. `wrongAt` receives the offset (in `bytes`) of the
/// first unit that is no character or part of one, or npos; then the text so far is returned.
std::string utf8From(std::string_view bytes, const ByteOrderMark& mark, size_t& wrongAt);

/// Offset of the first byte that no model should read: not UTF-8, or NUL; npos: all is well.
size_t firstUnreadable(std::string_view bytes);

/// What bytes look like that are not UTF-8 text, and what to do about it: "it looks like
/// Windows-1252; iconv -f WINDOWS-1252 -t UTF-8 converts it". `wrongAt`: firstUnreadable.
std::string looksLike(std::string_view bytes, size_t wrongAt);

} // namespace bitloom

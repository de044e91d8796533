// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace bitloom {

/// A text as a model may read it: UTF-8, without a byte order mark, lines ended by LF.
struct PlainText {
    std::string text;
    /// What was done to read it, or looks wrong in it, as one sentence for people; empty: nothing.
    std::string note;
};

/// Every text that comes from a person goes through here. What is certain is converted and noted:
/// a byte order mark of UTF-8, UTF-16 and UTF-32 with one, CR LF or CR alone at line ends. An Error
/// that names the file, the line and the byte offset, what the file looks like and the way out, is
/// thrown for what is not: bytes that are no UTF-8, NUL bytes, broken UTF-16 or UTF-32.
PlainText plainText(std::string bytes, const std::string& name);
/// The text of a file, read so. Errors also: it cannot be read.
PlainText readPlainText(const std::string& path);
/// Error when what was typed (`what`: "the prompt") is no UTF-8.
void requireUtf8(const std::string& typed, const std::string& what);

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/text/plain_text.h"

#include "core/analyze/text/stripped.h"
#include "core/analyze/text/text_encoding.h"
#include "core/base/error.h"
#include "core/files/formats/writers.h"
#include "core/network/tokenizers/utf8.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>
#include <utility>
#include <vector>

namespace bitloom {

namespace {

constexpr std::string_view kMark = "\xEF\xBB\xBF";

int64_t lineOf(std::string_view text, size_t at)
{
    return 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
}

size_t occurrences(std::string_view text, std::string_view what)
{
    size_t count = 0;
    for (size_t at = text.find(what); at != std::string_view::npos;
         at = text.find(what, at + what.size()))
        ++count;
    return count;
}

std::string placeIn(const std::string& name, int64_t line, size_t offset)
{
    return name + ", line " + std::to_string(line) + ", byte offset " + std::to_string(offset) +
           ": ";
}

std::string byteText(char byte)
{
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "0x%02X", static_cast<unsigned char>(byte));
    return text.data();
}

[[noreturn]] void refuseByte(const std::string& name, std::string_view bytes, size_t at)
{
    const std::string what =
        bytes[at] == '\0' ? "a NUL byte" : byteText(bytes[at]) + " is not UTF-8";
    throw Error("text", placeIn(name, lineOf(bytes, at), at) + what + "; " + looksLike(bytes, at));
}

/// Lines that end as Windows or old Macs end them; returns what to say of it.
std::string endLinesByLf(std::string& text)
{
    if (text.find('\r') == std::string::npos)
        return {};
    const bool alone = text.find('\n') == std::string::npos;
    if (alone) {
        const auto count = std::count(text.begin(), text.end(), '\r');
        std::replace(text.begin(), text.end(), '\r', '\n');
        return std::to_string(count) + " line ends CR are read as LF";
    }
    const size_t count = occurrences(text, "\r\n");
    size_t to = 0;
    for (size_t from = 0; from < text.size(); ++from)
        if (text[from] != '\r' || from + 1 == text.size() || text[from + 1] != '\n')
            text[to++] = text[from];
    text.resize(to);
    return count == 0 ? std::string() : std::to_string(count) + " line ends CR LF are read as LF";
}

/// What stays in the text and should not have got there.
std::string oddCharacters(std::string_view text)
{
    if (const size_t at = text.find(kReplacement); at != std::string_view::npos)
        return std::to_string(occurrences(text, kReplacement)) +
               " characters are U+FFFD, the first in line " + std::to_string(lineOf(text, at)) +
               ": an earlier conversion lost what stood there";
    if (const size_t at = text.find(kMark); at != std::string_view::npos)
        return "a byte order mark stands in line " + std::to_string(lineOf(text, at)) +
               ", as if files were joined, and is read as a character";
    return {};
}

/// Whether the first lines are JSON objects each.
std::string jsonLines(std::string_view text)
{
    constexpr int kEnough = 3;
    int found = 0;
    for (size_t from = 0; from < text.size() && found < kEnough;) {
        const size_t end = std::min(text.find('\n', from), text.size());
        const std::string_view line = stripped(text.substr(from, end - from));
        if (!line.empty() && !(line.starts_with("{\"") && line.ends_with('}')))
            return {};
        found += line.empty() ? 0 : 1;
        from = end + 1;
    }
    return found == kEnough ? "its lines are JSON, whose keys and braces are read as text too"
                            : std::string();
}

std::string joined(const std::string& name, const std::vector<std::string>& notes)
{
    std::string said;
    for (const std::string& note : notes)
        if (!note.empty())
            said.append(said.empty() ? "" : "; ").append(note);
    return said.empty() ? said : name + ": " + said + ".";
}

/// Without the mark, as UTF-8; returns what to say of it.
std::string decode(std::string& bytes, const std::string& name)
{
    const ByteOrderMark mark = byteOrderMark(bytes);
    if (!mark.encoding)
        return {};
    if (mark.unit == 1) {
        bytes.erase(0, mark.bytes);
        return "the byte order mark at its beginning is left out";
    }
    size_t wrongAt = 0;
    std::string text = utf8From(bytes, mark, wrongAt);
    if (wrongAt != std::string::npos)
        throw Error("text", placeIn(name, lineOf(text, text.size()), wrongAt) +
                                "the file begins like " + mark.encoding +
                                ", but what stands here is no character of it");
    if (const size_t at = text.find('\0'); at != std::string::npos)
        throw Error("text", name + ", line " + std::to_string(lineOf(text, at)) +
                                ": the file begins like " + mark.encoding +
                                ", but holds a NUL character; it looks like binary data, which is "
                                "no text");
    bytes = std::move(text);
    return std::string("it is ") + mark.encoding + " and was converted to UTF-8";
}

} // namespace

PlainText plainText(std::string bytes, const std::string& name)
{
    const bool marked = byteOrderMark(bytes).unit == 1 && byteOrderMark(bytes).encoding;
    std::vector<std::string> notes;
    if (marked || !byteOrderMark(bytes).encoding) // offsets are those in the file
        if (const size_t at = firstUnreadable(bytes); at != std::string_view::npos)
            refuseByte(name, bytes, at);
    notes.push_back(decode(bytes, name));
    notes.push_back(endLinesByLf(bytes));
    notes.push_back(oddCharacters(bytes));
    notes.push_back(jsonLines(bytes));
    return {std::move(bytes), joined(name, notes)};
}

PlainText readPlainText(const std::string& path)
{
    return plainText(readTextFile(path), path);
}

void requireUtf8(const std::string& typed, const std::string& what)
{
    const size_t at = firstUnreadable(typed);
    if (at != std::string::npos)
        throw Error("text", what + ", byte offset " + std::to_string(at) + ": " +
                                byteText(typed[at]) +
                                " is not UTF-8, as if the terminal used another encoding");
}

} // namespace bitloom

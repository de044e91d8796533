// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/text/text_encoding.h"

#include "core/network/tokenizers/utf8.h"

#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace bitloom {

namespace {

using namespace std::string_view_literals;

struct KnownMark {
    std::string_view bytes;
    const char* encoding;
    size_t unit;
    bool bigEndian;
};
/// The longer ones first: UTF-32's begins like UTF-16's.
constexpr std::array kMarks = {
    KnownMark{"\xFF\xFE\0\0"sv, "UTF-32LE", 4, false},
    KnownMark{"\0\0\xFE\xFF"sv, "UTF-32BE", 4, true},
    KnownMark{"\xEF\xBB\xBF"sv, "UTF-8", 1, false},
    KnownMark{"\xFF\xFE"sv, "UTF-16LE", 2, false},
    KnownMark{"\xFE\xFF"sv, "UTF-16BE", 2, true},
};

struct KnownFile {
    std::string_view magic;
    const char* name;
};
constexpr std::array kFiles = {
    KnownFile{"\x1F\x8B"sv, "a gzip file; unpack it first"},
    KnownFile{"PK\x03\x04"sv, "a zip file or an office document; take the text out of it first"},
    KnownFile{"%PDF-"sv, "a PDF; take the text out of it first"},
    KnownFile{"BZh"sv, "a bzip2 file; unpack it first"},
    KnownFile{"\xFD\x37zXZ"sv, "an xz file; unpack it first"},
    KnownFile{"\x28\xB5\x2F\xFD"sv, "a zstd file; unpack it first"},
    KnownFile{"PAR1"sv, "a Parquet file; take the text out of it first"},
    KnownFile{"GGUF"sv, "a model, not a text"},
    KnownFile{"\x7F\x45LF"sv, "a program, not a text"},
};

/// A guess is made from so many bytes.
constexpr size_t kLookedAt = 65536;

uint32_t unitAt(std::string_view bytes, size_t at, const ByteOrderMark& mark)
{
    uint32_t value = 0;
    for (size_t i = 0; i < mark.unit; ++i) {
        const size_t place = mark.bigEndian ? mark.unit - 1 - i : i;
        value |= static_cast<uint32_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * place);
    }
    return value;
}

bool isSurrogate(uint32_t unit)
{
    return unit >= 0xD800 && unit < 0xE000;
}

/// Code units of a character at `at`: 1, 2 (a pair of surrogates), or 0: there is none.
size_t unitsAt(std::string_view bytes, size_t at, const ByteOrderMark& mark)
{
    if (at + mark.unit > bytes.size())
        return 0;
    const uint32_t unit = unitAt(bytes, at, mark);
    if (!isSurrogate(unit))
        return unit <= 0x10FFFF ? 1 : 0;
    const size_t next = at + mark.unit;
    const bool paired = mark.unit == 2 && unit < 0xDC00 && next + 2 <= bytes.size() &&
                        isSurrogate(unitAt(bytes, next, mark)) &&
                        unitAt(bytes, next, mark) >= 0xDC00;
    return paired ? 2 : 0;
}

/// What one can tell bytes by.
struct ByteCounts {
    size_t all = 0;
    std::array<size_t, 4> nulAt{}; ///< by offset modulo 4
    size_t control = 0;            ///< that no text has
    size_t high = 0;
    size_t alone = 0;      ///< high ones between others
    size_t characters = 0; ///< well-formed ones of several bytes
    size_t broken = 0;     ///< malformed parts

    size_t nuls() const { return nulAt[0] + nulAt[1] + nulAt[2] + nulAt[3]; }
};

bool isHigh(char c)
{
    return static_cast<unsigned char>(c) >= 0x80;
}

void countCharacters(std::string_view bytes, ByteCounts& counts)
{
    for (size_t at = 0; at < bytes.size();) {
        const Utf8Step step = utf8Step(bytes.substr(at));
        counts.characters += step.length > 1 ? 1 : 0;
        counts.broken += step.length == 0 ? 1 : 0;
        at += static_cast<size_t>(std::max({step.length, step.broken, 1}));
    }
}

ByteCounts countsOf(std::string_view bytes)
{
    ByteCounts counts;
    counts.all = bytes.size();
    for (size_t i = 0; i < bytes.size(); ++i) {
        const char c = bytes[i];
        const bool blank = c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
        counts.nulAt.at(i % 4) += c == '\0' ? 1 : 0;
        counts.control += c > '\0' && c < ' ' && !blank && c != '\x1B' ? 1 : 0;
        if (!isHigh(c))
            continue;
        ++counts.high;
        const bool before = i > 0 && isHigh(bytes[i - 1]);
        const bool after = i + 1 < bytes.size() && isHigh(bytes[i + 1]);
        counts.alone += before || after ? 0 : 1;
    }
    countCharacters(bytes, counts);
    return counts;
}

/// Of Latin script every character has its NULs at the same places.
const char* wideWithoutMark(const ByteCounts& counts)
{
    const size_t most = counts.all / 4 * 9 / 10; // of the units of four bytes
    const auto& at = counts.nulAt;
    if (counts.all < 4 || counts.nuls() * 4 < counts.all)
        return nullptr;
    if (at[1] >= most && at[2] >= most && at[3] >= most)
        return "UTF-32LE";
    if (at[0] >= most && at[1] >= most && at[2] >= most)
        return "UTF-32BE";
    const size_t even = at[0] + at[2];
    const size_t odd = at[1] + at[3];
    if (even * 10 < odd)
        return "UTF-16LE";
    return odd * 10 < even ? "UTF-16BE" : nullptr;
}

std::string converts(const std::string& encoding)
{
    return "; `iconv -f " + encoding + " -t UTF-8` converts it";
}

} // namespace

ByteOrderMark byteOrderMark(std::string_view bytes)
{
    for (const KnownMark& mark : kMarks)
        if (bytes.starts_with(mark.bytes) && bytes.size() % mark.unit == 0)
            return {mark.encoding, mark.bytes.size(), mark.unit, mark.bigEndian};
    for (const KnownMark& mark : kMarks) // cut in the middle of a unit, which utf8From finds
        if (mark.unit < 4 && bytes.starts_with(mark.bytes))
            return {mark.encoding, mark.bytes.size(), mark.unit, mark.bigEndian};
    return {};
}

std::string utf8From(std::string_view bytes, const ByteOrderMark& mark, size_t& wrongAt)
{
    icu::UnicodeString text;
    wrongAt = std::string_view::npos;
    for (size_t at = mark.bytes; at < bytes.size();) {
        const size_t units = unitsAt(bytes, at, mark);
        if (units == 0) {
            wrongAt = at;
            break;
        }
        for (size_t i = 0; i < units; ++i, at += mark.unit) {
            const uint32_t unit = unitAt(bytes, at, mark);
            if (mark.unit == 2)
                text.append(static_cast<char16_t>(unit));
            else
                text.append(static_cast<UChar32>(unit));
        }
    }
    std::string result;
    text.toUTF8String(result);
    return result;
}

size_t firstUnreadable(std::string_view bytes)
{
    for (size_t at = 0; at < bytes.size();) {
        if (bytes[at] == '\0')
            return at;
        if (!isHigh(bytes[at])) {
            ++at;
            continue;
        }
        const int length = utf8Step(bytes.substr(at, 8)).length;
        if (length == 0)
            return at;
        at += static_cast<size_t>(length);
    }
    return std::string_view::npos;
}

std::string looksLike(std::string_view bytes, size_t wrongAt)
{
    for (const KnownFile& file : kFiles)
        if (bytes.starts_with(file.magic))
            return std::string("it looks like ") + file.name;
    const ByteCounts counts = countsOf(bytes.substr(0, kLookedAt));
    if (const char* wide = wideWithoutMark(counts))
        return std::string("it looks like ") + wide + " without a byte order mark" + converts(wide);
    if (counts.nuls() > 0 || bytes[wrongAt] == '\0' || counts.control * 20 > counts.all)
        return "it looks like binary data, which is no text";
    // The first that is wrong is the last: all before it is UTF-8.
    const Utf8Step last = utf8Step(bytes.substr(wrongAt));
    if (last.length == 0 && last.broken == 0)
        return "it ends in the middle of a UTF-8 character, as if it was cut there" +
               std::string(counts.characters == 0 ? " (or is Windows-1252 or Latin-1)" : "") +
               "; "
               "`iconv -c -f UTF-8 -t UTF-8` leaves the rest of it out";
    const ByteCounts around = countsOf(bytes.substr(wrongAt, kLookedAt));
    if (counts.characters + around.characters > 10 * around.broken)
        return "it looks like UTF-8 with damaged characters; `iconv -c -f UTF-8 -t UTF-8` leaves "
               "them out";
    if (around.alone * 2 > around.high)
        return "it looks like Windows-1252 or Latin-1" + converts("WINDOWS-1252");
    return "it looks like another encoding (Windows-1251, GBK, Shift-JIS, …)" +
           converts("ENCODING");
}

} // namespace bitloom

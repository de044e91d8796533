// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/tokenizers/unicode.h"

#include "core/base/error.h"

#include <algorithm>
#include <array>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

namespace bitloom::unicode {

namespace {

constexpr uint8_t kTablesOfUnicode = 8;
constexpr char32_t kDottedCapitalI = 0x130;
constexpr char32_t kDotAbove = 0x307;

struct Range {
    char32_t first, last;
};

struct Reclassified {
    Range range;
    UCharCategory then;
};

UChar32 point(char32_t character)
{
    return static_cast<UChar32>(character);
}

/// Category in Unicode 8; unassigned where the character is newer.
int8_t category(char32_t character)
{
    static constexpr std::array<Reclassified, 5> kSince = {
        {{{0x166D, 0x166D}, U_OTHER_PUNCTUATION},
         {{0x1734, 0x1734}, U_NON_SPACING_MARK},
         {{0x1885, 0x1886}, U_OTHER_LETTER},
         {{0xA9BD, 0xA9BD}, U_COMBINING_SPACING_MARK},
         {{0x111C9, 0x111C9}, U_OTHER_PUNCTUATION}}};
    for (const auto& [range, then] : kSince) {
        if (character >= range.first && character <= range.last)
            return then;
    }
    UVersionInfo age = {};
    u_charAge(point(character), age);
    return age[0] <= kTablesOfUnicode ? u_charType(point(character)) : int8_t{U_UNASSIGNED};
}

bool isOf(char32_t character, uint32_t categories)
{
    return (U_MASK(category(character)) & categories) != 0;
}

icu::UnicodeString wide(const std::u32string& text)
{
    return icu::UnicodeString::fromUTF32(reinterpret_cast<const UChar32*>(text.data()),
                                         static_cast<int32_t>(text.size()));
}

std::u32string characters(const icu::UnicodeString& text)
{
    std::u32string result;
    result.reserve(static_cast<size_t>(text.length()));
    for (int32_t at = 0; at < text.length(); at = text.moveIndex32(at, 1))
        result += static_cast<char32_t>(text.char32At(at));
    return result;
}

} // namespace

bool isControl(char32_t character)
{
    if (character == U'\t' || character == U'\n' || character == U'\r')
        return false;
    return isOf(character, U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CO_MASK);
}

bool isBlank(char32_t character)
{
    return u_isUWhiteSpace(point(character)) != 0;
}

bool isNonspacingMark(char32_t character)
{
    return isOf(character, U_GC_MN_MASK);
}

bool isPunctuation(char32_t character)
{
    if (character < 0x80)
        return u_ispunct(point(character)) != 0 || isOf(character, U_GC_S_MASK);
    return isOf(character, U_GC_P_MASK);
}

bool isIdeograph(char32_t character)
{
    // Google's own BERT begins the sixth block at U+2B820.
    static constexpr std::array<Range, 8> kBlocks = {{{0x4E00, 0x9FFF},
                                                      {0x3400, 0x4DBF},
                                                      {0x20000, 0x2A6DF},
                                                      {0x2A700, 0x2B73F},
                                                      {0x2B740, 0x2B81F},
                                                      {0x2B920, 0x2CEAF},
                                                      {0xF900, 0xFAFF},
                                                      {0x2F800, 0x2FA1F}}};
    return std::any_of(kBlocks.begin(), kBlocks.end(), [&](const Range& block) {
        return character >= block.first && character <= block.last;
    });
}

std::u32string decomposed(const std::u32string& text)
{
    if (std::all_of(text.begin(), text.end(), [](char32_t c) { return c < 0x80; }))
        return text;
    UErrorCode error = U_ZERO_ERROR;
    const icu::Normalizer2* form = icu::Normalizer2::getNFDInstance(error);
    const icu::UnicodeString result =
        U_SUCCESS(error) ? form->normalize(wide(text), error) : icu::UnicodeString();
    if (U_FAILURE(error))
        throw Error("tokenizer",
                    std::string("ICU cannot decompose the text: ") + u_errorName(error));
    return characters(result);
}

std::u32string lowerCase(const std::u32string& text)
{
    std::u32string result;
    result.reserve(text.size());
    for (const char32_t character : text) {
        result += static_cast<char32_t>(u_tolower(point(character)));
        if (character == kDottedCapitalI)
            result += kDotAbove;
    }
    return result;
}

std::u32string fromUtf8(std::string_view text)
{
    return characters(icu::UnicodeString::fromUTF8(
        icu::StringPiece(text.data(), static_cast<int32_t>(text.size()))));
}

std::string toUtf8(const std::u32string& text)
{
    std::string result;
    return wide(text).toUTF8String(result);
}

} // namespace bitloom::unicode

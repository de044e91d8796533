// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/io/names.h"

#include <algorithm>
#include <cstddef>

namespace bitloom {
namespace {

/// Length of the UTF-8 sequence at `at`, or 0 when it is broken (overlong and surrogates included).
size_t sequenceLength(std::string_view text, size_t at)
{
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(at);
    const size_t length = lead < 0x80                    ? 1
                          : lead >= 0xC2 && lead <= 0xDF ? 2
                          : lead >= 0xE0 && lead <= 0xEF ? 3
                          : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                         : 0;
    if (length == 0 || at + length > text.size())
        return 0;
    for (size_t i = 1; i < length; ++i)
        if ((byte(at + i) & 0xC0U) != 0x80U)
            return 0;
    const bool bad = (lead == 0xE0 && byte(at + 1) < 0xA0) ||
                     (lead == 0xED && byte(at + 1) > 0x9F) ||
                     (lead == 0xF0 && byte(at + 1) < 0x90) || (lead == 0xF4 && byte(at + 1) > 0x8F);
    return bad ? 0 : length;
}

std::string escaped(unsigned char byte)
{
    constexpr std::string_view kDigits = "0123456789abcdef";
    return {'\\', 'x', kDigits[byte >> 4U], kDigits[byte & 15U]};
}

} // namespace

bool isUtf8(std::string_view text)
{
    for (size_t at = 0; at < text.size();) {
        const size_t length = sequenceLength(text, at);
        if (length == 0)
            return false;
        at += length;
    }
    return true;
}

std::string shown(std::string_view name)
{
    constexpr size_t kLongest = 80;
    std::string result;
    for (size_t at = 0; at < name.size() && result.size() < kLongest;) {
        const auto byte = static_cast<unsigned char>(name[at]);
        const size_t length = sequenceLength(name, at);
        if (length == 0 || byte < 0x20 || byte == 0x7F) {
            result += escaped(byte);
            ++at;
        } else {
            result += name.substr(at, length);
            at += length;
        }
    }
    return result.size() >= kLongest ? result + "..." : result.empty() ? "\"\"" : result;
}

std::string shown(const Shape& shape)
{
    std::string result = "[";
    for (size_t i = 0; i < shape.size(); ++i)
        result += (i ? ", " : "") + std::to_string(shape[i]);
    return result + "]";
}

std::string lowerCase(std::string_view text)
{
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return result;
}

std::optional<int64_t> checkedProduct(int64_t a, int64_t b)
{
    int64_t product = 0;
    if (__builtin_mul_overflow(a, b, &product))
        return std::nullopt;
    return product;
}

std::optional<int64_t> checkedElementCount(const Shape& shape)
{
    std::optional<int64_t> count = 1;
    for (const int64_t dimension : shape) {
        if (dimension < 0)
            return std::nullopt;
        if (count)
            count = checkedProduct(*count, dimension);
    }
    return count;
}

} // namespace bitloom

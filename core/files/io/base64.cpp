// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/io/base64.h"

#include <cstdint>

namespace bitloom {
namespace {

constexpr std::string_view kSextets =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

uint32_t byteAt(std::string_view bytes, size_t at)
{
    return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0;
}

/// Four characters as the bits they stand for; nullopt where one stands for none.
std::optional<uint32_t> bitsOfFour(std::string_view four)
{
    uint32_t bits = 0;
    for (const char character : four) {
        const size_t sextet = kSextets.find(character);
        if (sextet == std::string_view::npos)
            return std::nullopt;
        bits = bits << 6U | static_cast<uint32_t>(sextet);
    }
    return bits;
}

} // namespace

std::string toBase64(std::string_view bytes)
{
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (size_t at = 0; at < bytes.size(); at += 3) {
        const uint32_t bits =
            byteAt(bytes, at) << 16U | byteAt(bytes, at + 1) << 8U | byteAt(bytes, at + 2);
        for (const uint32_t shift : {18U, 12U, 6U, 0U})
            text += kSextets[bits >> shift & 63U];
    }
    const size_t missing = (3 - bytes.size() % 3) % 3;
    text.replace(text.size() - missing, missing, missing, '=');
    return text;
}

std::optional<std::string> fromBase64(std::string_view text)
{
    if (text.size() % 4 != 0)
        return std::nullopt;
    const size_t missing = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    std::string padded(text.substr(0, text.size() - missing));
    padded.append(missing, kSextets.front());
    std::string bytes;
    bytes.reserve(text.size() / 4 * 3);
    for (size_t at = 0; at < padded.size(); at += 4) {
        const std::optional<uint32_t> bits = bitsOfFour(std::string_view(padded).substr(at, 4));
        if (!bits)
            return std::nullopt;
        for (const uint32_t shift : {16U, 8U, 0U})
            bytes += static_cast<char>(*bits >> shift & 255U);
    }
    bytes.resize(bytes.size() - missing);
    return bytes;
}

} // namespace bitloom

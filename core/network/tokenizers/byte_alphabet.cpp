// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/tokenizers/byte_alphabet.h"

#include "core/network/tokenizers/utf8.h"

#include <array>
#include <unordered_map>

namespace bitloom {

namespace {

/// Printable Latin-1 bytes stand for themselves, the others for U+0100 and following (GPT-2's
/// bytes_to_unicode).
std::array<std::string, 256> makeAlphabet()
{
    std::array<std::string, 256> alphabet;
    char32_t next = 0x100;
    for (unsigned byte = 0; byte < 256; ++byte) {
        const bool printable =
            (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xFF && byte != 0xAD);
        appendUtf8(alphabet[byte], printable ? byte : next++);
    }
    return alphabet;
}

const std::array<std::string, 256>& alphabet()
{
    static const std::array<std::string, 256> kAlphabet = makeAlphabet();
    return kAlphabet;
}

const std::unordered_map<std::string_view, char>& bytesByCharacter()
{
    static const auto kBytes = [] {
        std::unordered_map<std::string_view, char> bytes;
        for (size_t byte = 0; byte < 256; ++byte)
            bytes.emplace(alphabet()[byte], static_cast<char>(byte));
        return bytes;
    }();
    return kBytes;
}

} // namespace

const std::string& byteCharacter(unsigned char byte)
{
    return alphabet()[byte];
}

std::string toByteAlphabet(std::string_view bytes)
{
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const char byte : bytes)
        text += byteCharacter(static_cast<unsigned char>(byte));
    return text;
}

std::optional<std::string> fromByteAlphabet(std::string_view token)
{
    std::string bytes;
    while (!token.empty()) {
        const auto length = static_cast<size_t>(utf8Step(token).length);
        const auto byte = bytesByCharacter().find(token.substr(0, length));
        if (length == 0 || byte == bytesByCharacter().end())
            return std::nullopt;
        bytes += byte->second;
        token.remove_prefix(length);
    }
    return bytes;
}

} // namespace bitloom

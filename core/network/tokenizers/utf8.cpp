// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/tokenizers/utf8.h"

#include <utility>

namespace bitloom {

namespace {

struct Lead {
    int length; ///< 0: cannot begin a character
    unsigned char low = 0x80;
    unsigned char high = 0xBF; ///< range of the second byte
};

Lead leadOf(unsigned char byte)
{
    if (byte < 0x80)
        return {1};
    if (byte < 0xC2 || byte > 0xF4)
        return {0};
    if (byte < 0xE0)
        return {2};
    if (byte < 0xF0)
        return {3, static_cast<unsigned char>(byte == 0xE0 ? 0xA0 : 0x80),
                static_cast<unsigned char>(byte == 0xED ? 0x9F : 0xBF)};
    return {4, static_cast<unsigned char>(byte == 0xF0 ? 0x90 : 0x80),
            static_cast<unsigned char>(byte == 0xF4 ? 0x8F : 0xBF)};
}

} // namespace

Utf8Step utf8Step(std::string_view text)
{
    if (text.empty())
        return {};
    const Lead lead = leadOf(static_cast<unsigned char>(text[0]));
    if (lead.length == 0)
        return {0, 1};
    for (int i = 1; i < lead.length; ++i) {
        if (static_cast<size_t>(i) == text.size())
            return {};
        const auto byte = static_cast<unsigned char>(text[static_cast<size_t>(i)]);
        const unsigned char low = i == 1 ? lead.low : 0x80;
        const unsigned char high = i == 1 ? lead.high : 0xBF;
        if (byte < low || byte > high)
            return {0, i};
    }
    return {lead.length, 0};
}

std::string Utf8Stream::push(std::string_view bytes)
{
    m_pending += bytes;
    std::string text;
    size_t at = 0;
    while (at < m_pending.size()) {
        const Utf8Step step = utf8Step(std::string_view(m_pending).substr(at));
        if (step.length == 0 && step.broken == 0)
            break;
        if (step.length > 0)
            text.append(m_pending, at, static_cast<size_t>(step.length));
        else
            text += kReplacement;
        at += static_cast<size_t>(step.length + step.broken);
    }
    m_pending.erase(0, at);
    return text;
}

std::string Utf8Stream::finish()
{
    return std::exchange(m_pending, {}).empty() ? std::string() : std::string(kReplacement);
}

std::string repairedUtf8(std::string_view text)
{
    Utf8Stream stream;
    std::string repaired = stream.push(text);
    return repaired + stream.finish();
}

void appendUtf8(std::string& text, char32_t codePoint)
{
    const auto put = [&](char32_t byte) { text += static_cast<char>(byte); };
    if (codePoint < 0x80) {
        put(codePoint);
    } else if (codePoint < 0x800) {
        put(0xC0 | (codePoint >> 6));
        put(0x80 | (codePoint & 0x3F));
    } else {
        put(0xE0 | (codePoint >> 12));
        put(0x80 | ((codePoint >> 6) & 0x3F));
        put(0x80 | (codePoint & 0x3F));
    }
}

} // namespace bitloom

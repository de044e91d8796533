// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace bitloom {

/// A text without the operations in brackets that errors begin with, also where one error tells of
/// another: "[export] [gguf] tensor x is short" → "tensor x is short".
inline std::string withoutOperations(std::string_view error)
{
    constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789_.";
    std::string text(error);
    for (size_t at = text.find('['); at != std::string::npos; at = text.find('[', at)) {
        const std::string_view before = std::string_view(text).substr(0, at);
        const size_t end = text.find_first_not_of(kLetters, at + 1);
        const bool isOperation = (at == 0 || before.ends_with(": ")) && end > at + 1 &&
                                 end != std::string::npos && text.compare(end, 2, "] ") == 0;
        if (isOperation)
            text.erase(at, end + 2 - at);
        else
            ++at;
    }
    return text;
}

/// An error's text as a sentence for people: "[gguf] tensor x is short" → "Tensor x is short." A
/// first word that is no plain word (a file, a tensor, a scheme) stays as it is written.
inline std::string plainSentence(std::string_view error)
{
    constexpr std::string_view kSpace = " \n\r\t";
    const auto isSmall = [](char letter) { return letter >= 'a' && letter <= 'z'; };
    std::string text = withoutOperations(error);
    text.erase(0, text.find_first_not_of(kSpace));
    text.erase(text.find_last_not_of(kSpace) + 1);
    if (text.empty())
        return text;
    const std::string_view word = std::string_view(text).substr(0, text.find_first_of(" ,;:"));
    if (std::all_of(word.begin(), word.end(), isSmall))
        text.front() = static_cast<char>(text.front() - 'a' + 'A');
    if (std::string_view(".!?").find(text.back()) == std::string_view::npos)
        text += '.';
    return text;
}

} // namespace bitloom

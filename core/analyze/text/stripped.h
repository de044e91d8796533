// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace bitloom {

/// The text without blanks and line ends around it.
inline std::string_view stripped(std::string_view text)
{
    constexpr std::string_view kBlank = " \t\r\n\f\v";
    const size_t first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

} // namespace bitloom

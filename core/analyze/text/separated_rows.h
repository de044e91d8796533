// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bitloom {

/// A row of a table in a text, and where it begins.
struct SeparatedRow {
    std::vector<std::string> entries;
    int64_t line = 1;
    bool quotesAreWrong =
        false; ///< one opens and does not close an entry; the line is taken as it is
};

/// Rows of entries between separators (RFC 4180); rows of empty entries alone are left out. An
/// entry in quotes may hold separators, line ends and, doubled, quotes; between tabs quotes are
/// ordinary characters.
std::vector<SeparatedRow> separatedRows(std::string_view text, char separator);

} // namespace bitloom

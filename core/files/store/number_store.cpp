// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/store/number_store.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>

namespace bitloom {

std::optional<NumberRows> NumberStore::load() const
{
    const std::optional<std::string> text = m_entry.read(m_file);
    if (!text)
        return std::nullopt;
    NumberRows rows;
    std::istringstream lines(*text);
    for (std::string line; std::getline(lines, line);) {
        std::vector<double>& row = rows.emplace_back();
        std::istringstream words(line);
        for (std::string word; words >> word;)
            row.push_back(std::strtod(word.c_str(), nullptr));
    }
    return rows;
}

bool NumberStore::keep(const NumberRows& rows) const
{
    std::string text;
    for (const std::vector<double>& row : rows) {
        for (const double number : row) {
            std::array<char, 40> word{}; // hexadecimal: to the last bit
            std::snprintf(word.data(), word.size(), "%a ", number);
            text += word.data();
        }
        text += '\n';
    }
    return m_entry.write(m_file, text);
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/kept_numbers.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>

namespace bitloom {

namespace {

constexpr const char* kFile = "numbers";

} // namespace

std::optional<NumberRows> KeptNumbers::load() const
{
    const std::optional<std::string> text = m_entry.read(kFile);
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

void KeptNumbers::keep(const NumberRows& rows) const
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
    m_entry.write(kFile, text);
}

KeptBySlot::KeptBySlot(const MeasurementStore& store, std::string_view kind, const Fingerprint& key,
                       size_t numbers)
    : m_rows(store, kind, key)
{
    for (const std::vector<double>& row : m_rows.load().value_or(NumberRows()))
        if (row.size() == numbers + 1)
            m_found[static_cast<int>(row.front())] = {row.begin() + 1, row.end()};
}

const std::vector<double>* KeptBySlot::of(int slot) const
{
    const auto found = m_found.find(slot);
    return found == m_found.end() ? nullptr : &found->second;
}

void KeptBySlot::keep() const
{
    NumberRows rows;
    for (const auto& [slot, numbers] : m_found) {
        rows.push_back({static_cast<double>(slot)});
        rows.back().insert(rows.back().end(), numbers.begin(), numbers.end());
    }
    m_rows.keep(rows);
}

} // namespace bitloom

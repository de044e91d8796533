// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <algorithm>
#include <string_view>
#include <vector>

namespace bitloom {

/// What is in one list of names and not in the other, or twice in one; empty: they are the same.
inline QString differingNames(std::vector<std::string_view> known,
                              std::vector<std::string_view> implemented)
{
    QStringList found;
    const auto missing = [&](const auto& from, const auto& in, const char* word) {
        for (const std::string_view name : from)
            if (std::ranges::count(in, name) != 1)
                found.append(word + QString::fromUtf8(name.data(), std::ssize(name)));
    };
    missing(known, implemented, "missing or twice: ");
    missing(implemented, known, "not in the table: ");
    return found.join(", ");
}

/// Names of the rows of a table.
template <typename Table, typename Name>
std::vector<std::string_view> namesOf(const Table& table, Name name)
{
    std::vector<std::string_view> names;
    for (const auto& row : table)
        names.push_back(std::invoke(name, row));
    return names;
}

} // namespace bitloom

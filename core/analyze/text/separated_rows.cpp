// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/text/separated_rows.h"

#include "core/analyze/text/stripped.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace bitloom {

namespace {

class RowReader {
public:
    RowReader(std::string_view text, char separator)
        : m_text(text)
        , m_separator(separator)
    {
    }
    bool atEnd() const { return m_at >= m_text.size(); }
    SeparatedRow readRow()
    {
        SeparatedRow row;
        row.line = m_line;
        row.entries.push_back(readEntry(row));
        while (!atEnd() && m_text[m_at] == m_separator) {
            ++m_at;
            row.entries.push_back(readEntry(row));
        }
        m_at += atEnd() ? 0 : 1; // the line end
        ++m_line;
        return row;
    }

private:
    std::string readEntry(SeparatedRow& row)
    {
        if (m_separator != '\t' && !atEnd() && m_text[m_at] == '"') {
            if (std::optional<std::string> entry = readQuoted())
                return *std::move(entry);
            row.quotesAreWrong = true;
        }
        const size_t from = m_at;
        while (!atEnd() && m_text[m_at] != m_separator && m_text[m_at] != '\n')
            ++m_at;
        return std::string(m_text.substr(from, m_at - from));
    }

    /// Null, and nothing is read, where no quote stands at the end of an entry.
    std::optional<std::string> readQuoted()
    {
        std::string entry;
        size_t at = m_at + 1;
        for (;; ++at) {
            if (at >= m_text.size())
                return std::nullopt;
            if (m_text[at] != '"')
                entry += m_text[at];
            else if (at + 1 < m_text.size() && m_text[at + 1] == '"')
                entry += m_text[at++];
            else
                break;
        }
        const size_t behind = std::min(m_text.find_first_not_of(" \r", at + 1), m_text.size());
        if (behind < m_text.size() && m_text[behind] != m_separator && m_text[behind] != '\n')
            return std::nullopt;
        m_line += std::count(entry.begin(), entry.end(), '\n');
        m_at = behind;
        return entry;
    }

    std::string_view m_text;
    char m_separator;
    size_t m_at = 0;
    int64_t m_line = 1;
};

} // namespace

std::vector<SeparatedRow> separatedRows(std::string_view text, char separator)
{
    std::vector<SeparatedRow> rows;
    for (RowReader reader(text, separator); !reader.atEnd();) {
        SeparatedRow row = reader.readRow();
        if (std::any_of(row.entries.begin(), row.entries.end(),
                        [](const std::string& entry) { return !stripped(entry).empty(); }))
            rows.push_back(std::move(row));
    }
    return rows;
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/labelled_text.h"

#include "core/analyze/stripped.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace bitloom {

namespace {

using Row = std::vector<std::string>;

/// Splits a text into rows of entries. A quoted entry may hold separators, line ends and, doubled,
/// quotes.
class TableReader {
public:
    TableReader(std::string_view text, char separator)
        : m_text(text)
        , m_separator(separator)
    {
    }
    std::vector<Row> rows()
    {
        std::vector<Row> all;
        while (m_at < m_text.size()) {
            Row row = readRow();
            if (row.size() > 1 || !stripped(row.front()).empty())
                all.push_back(std::move(row));
        }
        return all;
    }

private:
    Row readRow()
    {
        Row row = {readEntry()};
        while (m_at < m_text.size() && m_text[m_at] == m_separator) {
            ++m_at;
            row.push_back(readEntry());
        }
        m_at += m_at < m_text.size() ? 1 : 0; // the line end
        return row;
    }
    std::string readEntry()
    {
        std::string entry;
        const bool quoted = m_separator == ',' && m_at < m_text.size() && m_text[m_at] == '"';
        bool open = quoted;
        m_at += quoted ? 1 : 0;
        for (; m_at < m_text.size(); ++m_at) {
            const char c = m_text[m_at];
            if (open && c == '"' && m_at + 1 < m_text.size() && m_text[m_at + 1] == '"')
                ++m_at;
            else if (open && c == '"') {
                open = false;
                continue;
            } else if (!open && (c == m_separator || c == '\n'))
                break;
            entry += c;
        }
        return entry;
    }

    std::string_view m_text;
    char m_separator;
    size_t m_at = 0;
};

std::optional<int> labelOf(std::string_view entry, const std::vector<std::string>& labels)
{
    for (size_t i = 0; i < labels.size(); ++i)
        if (entry == labels[i] || entry == std::to_string(i))
            return static_cast<int>(i);
    return std::nullopt;
}

/// Rows behind the header, if there is one, whose `column` holds labels alone: where they begin.
std::optional<size_t> firstLabelled(const std::vector<Row>& rows, size_t column,
                                    const std::vector<std::string>& labels)
{
    const auto known = [&](const Row& row) {
        return labelOf(stripped(row[column]), labels).has_value();
    };
    if (rows.size() > 1 && std::all_of(rows.begin() + 1, rows.end(), known))
        return known(rows.front()) ? 0 : 1;
    return rows.size() == 1 && known(rows.front()) ? std::optional<size_t>(0) : std::nullopt;
}

/// Of the columns that are not the labels', the one with most text.
size_t sentenceColumn(const std::vector<Row>& rows, size_t labelColumn)
{
    size_t best = labelColumn == 0 ? 1 : 0;
    size_t most = 0;
    for (size_t column = 0; column < rows.front().size(); ++column) {
        size_t bytes = 0;
        for (const Row& row : rows)
            bytes += row[column].size();
        if (column != labelColumn && bytes > most) {
            most = bytes;
            best = column;
        }
    }
    return best;
}

std::optional<LabelledText> asTable(const std::string& text, char separator,
                                    const std::vector<std::string>& labels)
{
    const std::vector<Row> rows = TableReader(text, separator).rows();
    const size_t columns = rows.empty() ? 0 : rows.front().size();
    if (columns < 2 || std::any_of(rows.begin(), rows.end(),
                                   [&](const Row& row) { return row.size() != columns; }))
        return std::nullopt;
    for (size_t column = 0; column < columns; ++column) {
        const std::optional<size_t> first = firstLabelled(rows, column, labels);
        if (!first)
            continue;
        const size_t from = sentenceColumn(rows, column);
        LabelledText result;
        for (size_t row = *first; row < rows.size(); ++row) {
            const std::string_view sentence = stripped(rows[row][from]);
            if (sentence.empty())
                continue;
            result.sentences.emplace_back(sentence);
            result.labels.push_back(*labelOf(stripped(rows[row][column]), labels));
        }
        return result;
    }
    return std::nullopt;
}

LabelledText linesOf(const std::string& text)
{
    LabelledText result;
    for (size_t from = 0; from < text.size();) {
        const size_t end = std::min(text.find('\n', from), text.size());
        const std::string_view line = stripped(std::string_view(text).substr(from, end - from));
        if (!line.empty())
            result.sentences.emplace_back(line);
        from = end + 1;
    }
    return result;
}

} // namespace

LabelledText readLabelledText(const std::string& text, const std::vector<std::string>& labels)
{
    for (const char separator : {'\t', ','})
        if (auto table = asTable(text, separator, labels))
            return *table;
    return linesOf(text);
}

} // namespace bitloom

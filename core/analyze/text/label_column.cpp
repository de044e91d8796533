// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/text/label_column.h"

#include "core/analyze/text/stripped.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>
#include <span>

namespace bitloom {

namespace {

using TableRows = std::span<const SeparatedRow>;

constexpr std::array<std::string_view, 12> kLabelTitles = {
    "label", "labels", "class",  "category",   "sentiment", "target",
    "gold",  "y",      "rating", "gold_label", "polarity",  "label_text"};
constexpr std::array<std::string_view, 8> kSentenceTitles = {
    "sentence", "text", "review", "content", "document", "input", "phrase", "comment"};

/// So many rows, of so few different words each again and again, are no chance.
constexpr size_t kTellingRows = 8;
constexpr size_t kRowsAWord = 4;
constexpr size_t kLongestWord = 32;

std::string lower(std::string_view text)
{
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

template <size_t count>
bool isTitle(const std::string& entry, const std::array<std::string_view, count>& titles)
{
    const std::string title = lower(stripped(entry));
    return std::find(titles.begin(), titles.end(), title) != titles.end();
}

/// Without the ".0" that tables of numbers write behind a label ("1.0").
std::string_view withoutZeros(std::string_view entry)
{
    const size_t point = entry.find('.');
    const bool whole = point != std::string_view::npos && point > 0 && point + 1 < entry.size() &&
                       entry.find_first_not_of('0', point + 1) == std::string_view::npos;
    return whole ? entry.substr(0, point) : entry;
}

bool isWholeNumber(std::string_view entry)
{
    entry = withoutZeros(entry);
    if (entry.starts_with('-'))
        entry.remove_prefix(1);
    return !entry.empty() && std::all_of(entry.begin(), entry.end(),
                                         [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// Columns of most rows that have some.
size_t usualColumns(TableRows rows)
{
    std::map<size_t, size_t> counts;
    for (const SeparatedRow& row : rows)
        if (row.entries.size() > 1)
            ++counts[row.entries.size()];
    const auto most =
        std::max_element(counts.begin(), counts.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    return most == counts.end() ? 0 : most->first;
}

/// Entries of a column, stripped; of rows with other columns only at either end, where separators
/// within a sentence do not reach.
std::vector<std::string_view> columnOf(TableRows rows, size_t columns, size_t column)
{
    std::vector<std::string_view> entries;
    for (const SeparatedRow& row : rows) {
        const size_t size = row.entries.size();
        if (size == columns)
            entries.push_back(stripped(row.entries[column]));
        else if (size > 1 && (column == 0 || column + 1 == columns))
            entries.push_back(stripped(column == 0 ? row.entries.front() : row.entries.back()));
    }
    return entries;
}

/// What a column says for being the labels'.
struct Evidence {
    size_t known = 0; ///< rows with known labels
    bool tells = false;
};

bool isWord(std::string_view entry)
{
    const bool isJson = entry.find_first_of("{}") != std::string_view::npos ||
                        entry.find("\":") != std::string_view::npos;
    return !entry.empty() && entry.size() <= kLongestWord && !isJson &&
           entry.find(' ') == std::string_view::npos;
}

bool areFewWords(const std::vector<std::string_view>& entries)
{
    const std::set<std::string_view> different(entries.begin(), entries.end());
    return entries.size() >= kTellingRows && different.size() * kRowsAWord <= entries.size() &&
           different.size() > 1 && std::all_of(different.begin(), different.end(), isWord);
}

Evidence evidenceOf(TableRows rows, size_t columns, size_t column,
                    const std::vector<std::string>& labels)
{
    const std::vector<std::string_view> entries = columnOf(rows, columns, column);
    Evidence evidence;
    for (const std::string_view entry : entries)
        evidence.known += labelOf(entry, labels) ? 1 : 0;
    const bool numbers = std::all_of(entries.begin(), entries.end(), isWholeNumber);
    const bool most = entries.size() * 10 >= rows.size() * 9;
    evidence.tells = evidence.known * 2 > rows.size() || // also when most is false
                     (most && evidence.known > 0 && numbers) || (most && areFewWords(entries));
    return evidence;
}

/// The column that the first row calls the labels'; of several the one with most known labels.
std::optional<size_t> titled(TableRows rows, const std::vector<std::string>& labels)
{
    const std::vector<std::string>& titles = rows.front().entries;
    std::optional<size_t> best;
    size_t most = 0;
    for (size_t column = 0; column < titles.size(); ++column) {
        if (!isTitle(titles[column], kLabelTitles))
            continue;
        const size_t known = evidenceOf(rows.subspan(1), titles.size(), column, labels).known;
        if (!best || known > most) {
            best = column;
            most = known;
        }
    }
    return best;
}

/// The one with most known labels, among those that tell.
std::optional<size_t> tellingColumn(TableRows rows, size_t columns,
                                    const std::vector<std::string>& labels)
{
    std::optional<size_t> best;
    size_t most = 0;
    for (size_t column = 0; column < columns; ++column) {
        const Evidence evidence = evidenceOf(rows, columns, column, labels);
        if (evidence.tells && (!best || evidence.known > most)) {
            best = column;
            most = evidence.known;
        }
    }
    return best;
}

bool titlesSentences(const SeparatedRow& row)
{
    return std::any_of(row.entries.begin(), row.entries.end(),
                       [](const std::string& entry) { return isTitle(entry, kSentenceTitles); });
}

/// Names of columns: no known label, and no entry that reads like a sentence.
bool isHeader(const SeparatedRow& row, size_t label, const std::vector<std::string>& labels)
{
    const auto isName = [](const std::string& entry) {
        const std::string_view name = stripped(entry);
        return name.find(' ') == std::string_view::npos && !isWholeNumber(name);
    };
    return label < row.entries.size() && !labelOf(stripped(row.entries[label]), labels) &&
           (titlesSentences(row) || std::all_of(row.entries.begin(), row.entries.end(), isName));
}

/// Whether the first row, which names a column as the labels', is a header and not the first line
/// of a prose that holds such words: the others have labels there; or most of them have its
/// columns, and it has no blanks behind its separators, as prose does, or names the sentences too.
bool isTableBelow(TableRows rows, size_t label, const std::vector<std::string>& labels)
{
    const std::vector<std::string>& titles = rows.front().entries;
    const TableRows below = rows.subspan(1);
    if (evidenceOf(below, titles.size(), label, labels).tells)
        return true;
    const bool hasBlanks =
        std::ranges::any_of(titles, [](const std::string& title) { return title[0] == ' '; });
    if (below.empty() || hasBlanks)
        if (!titlesSentences(rows.front()))
            return false;
    const auto fitting = std::ranges::count_if(
        below, [&](const SeparatedRow& row) { return row.entries.size() == titles.size(); });
    return below.empty() ? !hasBlanks : static_cast<size_t>(fitting) * 2 > below.size();
}

/// The one that the header calls so, else the one with most text that is not the labels'.
size_t sentenceColumn(TableRows rows, const LabelColumn& layout)
{
    std::vector<size_t> bytes(layout.columns);
    for (const SeparatedRow& row : rows)
        for (size_t column = 0; column < std::min(layout.columns, row.entries.size()); ++column)
            bytes[column] += row.entries[column].size();
    for (size_t column = 0; column < layout.columns && layout.header; ++column)
        if (column != layout.label && isTitle(rows.front().entries[column], kSentenceTitles))
            return column;
    bytes[layout.label] = 0;
    const auto most = std::max_element(bytes.begin(), bytes.end());
    if (*most == 0)
        return layout.label == 0 ? 1 : 0;
    return static_cast<size_t>(most - bytes.begin());
}

} // namespace

std::optional<int> labelOf(std::string_view entry, const std::vector<std::string>& labels)
{
    const auto indexOf = [&](const auto& isIt) -> std::optional<int> {
        for (size_t i = 0; i < labels.size(); ++i)
            if (isIt(i))
                return static_cast<int>(i);
        return std::nullopt;
    };
    if (const auto exact = indexOf([&](size_t i) { return entry == labels[i]; }))
        return exact;
    const std::string asLower = lower(entry);
    if (const auto named = indexOf([&](size_t i) { return asLower == lower(labels[i]); }))
        return named;
    const std::string_view number = withoutZeros(entry);
    if (const auto named = indexOf([&](size_t i) { return number == labels[i]; }))
        return named;
    return indexOf([&](size_t i) { return number == std::to_string(i); });
}

std::optional<LabelColumn> findLabelColumn(const std::vector<SeparatedRow>& rows,
                                           const std::vector<std::string>& labels)
{
    LabelColumn layout;
    layout.columns = usualColumns(rows);
    if (layout.columns < 2 || labels.empty())
        return std::nullopt;
    const std::optional<size_t> title = titled(rows, labels);
    if (title && rows.front().entries.size() > 1 && isTableBelow(rows, *title, labels)) {
        layout = {rows.front().entries.size(), *title, 0, true};
    } else if (const auto label = tellingColumn(rows, layout.columns, labels)) {
        layout.label = *label;
        layout.header = rows.size() > 1 && rows.front().entries.size() == layout.columns &&
                        isHeader(rows.front(), *label, labels);
    } else {
        return std::nullopt;
    }
    layout.sentence = sentenceColumn(rows, layout);
    return layout;
}

} // namespace bitloom

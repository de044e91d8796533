// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/text/labelled_text.h"

#include "core/analyze/text/label_column.h"
#include "core/analyze/text/stripped.h"
#include "core/base/error.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace bitloom {

namespace {

/// So many labels are named to who wrote another.
constexpr size_t kNamedLabels = 8;

std::string knownLabels(const std::vector<std::string>& labels)
{
    std::string text;
    for (size_t i = 0; i < std::min(labels.size(), kNamedLabels); ++i)
        text += (i == 0 ? "" : ", ") + std::to_string(i) + " (" + labels[i] + ")";
    return labels.size() > kNamedLabels ? text + ", …" : text;
}

std::string separatorName(char separator)
{
    return separator == '\t' ? "tab" : separator == ',' ? "comma" : "semicolon";
}

/// Why a row does not fit; empty: it does.
std::string problemOf(const SeparatedRow& row, const LabelColumn& layout, char separator,
                      const std::vector<std::string>& labels)
{
    if (row.quotesAreWrong)
        return "a quote opens an entry and does not close at its end; quotes within an entry are "
               "doubled";
    if (row.entries.size() != layout.columns)
        return "the row has " + std::to_string(row.entries.size()) +
               " entries where the table has " + std::to_string(layout.columns) +
               (separator == '\t' || row.entries.size() < layout.columns
                    ? std::string()
                    : "; an entry that holds a " + separatorName(separator) + " stands in quotes");
    const std::string_view label = stripped(row.entries[layout.label]);
    if (!labelOf(label, labels))
        return "the label \"" + std::string(label) +
               "\" is none that the model knows: " + knownLabels(labels);
    return stripped(row.entries[layout.sentence]).empty() ? "the sentence is empty" : "";
}

[[noreturn]] void refuseRow(const std::string& name, int64_t line, const std::string& problem)
{
    throw Error("text", name + ", line " + std::to_string(line) + ": " + problem);
}

std::optional<LabelledText> asTable(const std::string& text, char separator,
                                    const std::vector<std::string>& labels, const std::string& name)
{
    const std::vector<SeparatedRow> rows = separatedRows(text, separator);
    const std::optional<LabelColumn> layout = findLabelColumn(rows, labels);
    if (!layout)
        return std::nullopt;
    LabelledText result;
    for (size_t i = layout->header ? 1 : 0; i < rows.size(); ++i) {
        if (const std::string problem = problemOf(rows[i], *layout, separator, labels);
            !problem.empty())
            refuseRow(name, rows[i].line, problem);
        result.sentences.emplace_back(stripped(rows[i].entries[layout->sentence]));
        result.labels.push_back(*labelOf(stripped(rows[i].entries[layout->label]), labels));
    }
    return result;
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

LabelledText readLabelledText(const std::string& text, const std::vector<std::string>& labels,
                              const std::string& name)
{
    for (const char separator : {'\t', ',', ';'})
        if (auto table = asTable(text, separator, labels, name))
            return *table;
    return linesOf(text);
}

} // namespace bitloom

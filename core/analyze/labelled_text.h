// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace bitloom {

/// Sentences, with their classes where the text names them.
struct LabelledText {
    std::vector<std::string> sentences; ///< stripped, none empty
    std::vector<int> labels;            ///< by sentence, an index into the known labels; or empty
};

/// Reads a table separated by tabs or commas (quotes as in RFC 4180), with or without a header: the
/// label column is the one whose every entry is a known label, by name or by number; of the others
/// the one with most text holds the sentences. Without such a column every line is a sentence.
LabelledText readLabelledText(const std::string& text, const std::vector<std::string>& labels);

} // namespace bitloom

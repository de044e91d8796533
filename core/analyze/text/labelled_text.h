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

/// Reads a table separated by tabs, commas or semicolons (separatedRows), with or without a header:
/// the label column is the one that the header calls so, or whose entries are known labels, by name
/// (in any case) or by number; of the others the one that the header calls sentence or text, or the
/// one with most text, holds the sentences. A text is a table when most of its rows say so
/// (label_column.h); then an Error names the line of the first row that does not fit: other entries
/// than the rest, an unknown label, no sentence, a quote that does not close. Otherwise every line
/// is a sentence. `name`: the text's, for errors.
LabelledText readLabelledText(const std::string& text, const std::vector<std::string>& labels,
                              const std::string& name = "the text");

} // namespace bitloom

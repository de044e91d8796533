// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/text/separated_rows.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bitloom {

/// Index of the label that an entry names: by name, else by name in another case, else by number
/// ("1" or "1.0").
std::optional<int> labelOf(std::string_view entry, const std::vector<std::string>& labels);

/// How a table of labelled sentences is laid out.
struct LabelColumn {
    size_t columns = 0;  ///< of every row
    size_t label = 0;    ///< this one holds labels
    size_t sentence = 0; ///< and this one sentences
    bool header = false; ///< the first row is one
};

/// The layout, where most rows speak for it: the first row calls a column `label`, `class`, … and
/// most of the others have its columns; or in one column more than half of the rows hold known
/// labels; or whole numbers, known ones among them; or a few words again and again. Null: this is
/// no such table.
std::optional<LabelColumn> findLabelColumn(const std::vector<SeparatedRow>& rows,
                                           const std::vector<std::string>& labels);

} // namespace bitloom

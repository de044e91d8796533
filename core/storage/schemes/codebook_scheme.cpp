// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/schemes/codebook_scheme.h"

#include "core/storage/range_search.h"

#include <algorithm>
#include <bit>

namespace bitloom {

CodebookScheme::CodebookScheme(CodebookForm form)
    : DenseScheme(std::bit_width(form.levels.size() - 1), form.groupSize, false)
    , m_form(std::move(form))
{
}

Grid CodebookScheme::makeGrid(int64_t rows, int64_t columns) const
{
    Grid grid = DenseScheme::makeGrid(rows, columns);
    grid.levels = m_form.levels;
    grid.maxCode = static_cast<int>(m_form.levels.size()) - 1;
    return grid;
}

void CodebookScheme::fitBlock(std::span<const float> values, RangeSearch search, Grid& grid,
                              int64_t row, int64_t firstColumn) const
{
    const CodeRange codes{.levels = m_form.levels};
    const auto [low, high] = extremes(values);
    const float start = std::max(high / codes.top(), low / codes.bottom());
    const bool all = search == RangeSearch::SquaredError;
    const auto index = static_cast<size_t>(row * grid.groups() + firstColumn / grid.groupSize);
    grid.scale[index] =
        storedScale(all ? searchScale(values, codes, start, false, Precision::Half) : start);
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/tensor.h"

#include <cstdint>
#include <string>
#include <vector>

namespace bitloom {

/// Which part of a stored tensor a slot is: the whole, unless something else is said. First the
/// entry of a tensor of matrices is taken, then rows and columns are exchanged, then rows chosen:
/// entries along the first dimension of what there is by then (of a vector, its numbers).
struct View {
    bool transposed = false; ///< the tensor holds inputs × outputs (GPT-2's Conv1D)
    int64_t first = 0;
    int64_t count = 0; ///< 0: all
    /// Where other rows lie in between (query, key and value of each head in turn; a row of the
    /// gate, a row of what it gates): blocks of so many rows begin every `stride` rows, from
    /// `first` on. 0: the rows follow each other. `count` is a multiple of it.
    int64_t block = 0;
    int64_t stride = 0;
    /// Where no stride fits: the rows one by one, instead of the four numbers above.
    std::vector<int32_t> rows = {};
    /// Of a tensor of three or more dimensions, which entry of the first is seen, as a tensor
    /// without it (an expert); -1: there is no such choice.
    int64_t entry = -1;

    bool choosesRows() const { return count > 0 || block > 0 || !rows.empty(); }
    bool isWhole() const { return !transposed && entry < 0 && !choosesRows(); }
    /// Whether the rows it shows follow each other.
    bool isStretch() const { return rows.empty() && block == 0; }
    /// The row that row r of the view is, of a tensor of which it does not show all.
    int64_t row(int64_t r) const
    {
        if (!rows.empty())
            return rows[static_cast<size_t>(r)];
        return block == 0 ? first + r : first + r / block * stride + r % block;
    }
};

/// The shape of what a view shows of the tensor `name` of a shape. Error when it reaches outside,
/// or says two things at once.
Shape shownShape(const std::string& name, Shape shape, const View& view);

} // namespace bitloom

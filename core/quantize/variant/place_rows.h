// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/graph/view.h"
#include "core/storage/plain_scheme.h"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace bitloom {

/// Writes rows [first, ...) of what a view shows of a tensor to where they lie in the tensor,
/// `out`.
void placeRows(const Matrix& rows, int64_t first, const View& view, const Shape& shape,
               const PlainScheme& scheme, std::span<std::byte> out);

/// Error, naming the tensor, unless the views together show each of its numbers exactly once: else
/// what is put together from them would have holes, or depend on who comes last.
void requireWholeCover(const std::string& name, const Shape& shape, const std::vector<View>& views);

} // namespace bitloom

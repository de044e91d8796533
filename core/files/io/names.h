// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/tensor.h"

namespace bitloom {

bool isUtf8(std::string_view text);
/// A name out of a file, fit for a sentence: unprintable and broken bytes escaped, long ones cut.
std::string shown(std::string_view name);
/// "[2, 3]"
std::string shown(const Shape& shape);
/// "f16" of "F16": our scheme ids are the formats' type names in lower case.
std::string lowerCase(std::string_view text);

/// Number of elements, or nullopt when a dimension is negative or the product leaves int64.
std::optional<int64_t> checkedElementCount(const Shape& shape);
/// a · b, or nullopt when it leaves int64.
std::optional<int64_t> checkedProduct(int64_t a, int64_t b);

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/numerics/estimate.h"

#include <span>
#include <string_view>

namespace bitloom {

/// Error "[operation] what was measured of NAME is nan" unless the figure is finite. Whatever
/// sorts, compares or searches asks first: with NaN every comparison is false.
void requireFinite(std::string_view name, double figure, std::string_view operation);
/// Asks that of each number, or sum.
void requireFinite(std::string_view name, std::span<const double> figures,
                   std::string_view operation);
void requireFinite(std::string_view name, std::span<const BlockSum> sums,
                   std::string_view operation);

} // namespace bitloom

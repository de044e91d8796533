// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/numerics/finite_figures.h"

#include "core/base/error.h"
#include "core/base/finite.h"

namespace bitloom {

void requireFinite(std::string_view name, double figure, std::string_view operation)
{
    if (!std::isfinite(figure))
        throw Error(operation,
                    "what was measured of " + std::string(name) + " is " + notFiniteText(figure));
}

void requireFinite(std::string_view name, std::span<const double> figures,
                   std::string_view operation)
{
    for (const double figure : figures)
        requireFinite(name, figure, operation);
}

void requireFinite(std::string_view name, std::span<const BlockSum> sums,
                   std::string_view operation)
{
    for (const BlockSum& block : sums)
        requireFinite(name, block.sum, operation);
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quantize/recipe/recipe.h"

#include <vector>

namespace bitloom {

/// What "4 bits" means: the scheme of so many bits that stands for the others (SchemeTraits::brief)
/// under a target and for rows of these slots; of several the finer grid. Null: there is none.
const Scheme* schemeOfBits(const Model& model, const std::vector<int>& slots, const Target& target,
                           int bits);

} // namespace bitloom

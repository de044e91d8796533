// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quantize/recipe/recipe.h"

namespace bitloom {

/// What a fit that starts from a recipe rests on: its target, its choices for slots that are locked
/// (or fused with a locked one), the limits and clips of all others, and the values it quantizes.
/// The fit replaces the rest.
Recipe fitBasis(const Recipe& recipe, const Model& model);

} // namespace bitloom

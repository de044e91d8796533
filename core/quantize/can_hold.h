// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quantize/recipe.h"

namespace bitloom {

/// Whether a choice can be encoded: false where a weight, after clipping, is too large for the
/// scheme. Reads the slot's weights.
bool canHold(const Model& model, int slot, const SlotChoice& choice);

} // namespace bitloom

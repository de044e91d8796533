// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quantize/variant/transformed_model.h"

namespace bitloom {

/// Whether a slot can be encoded so: false where a weight, after clipping, is too large for the
/// scheme. Reads the slot's weights.
bool canHold(const TransformedModel& model, int slot, const Encoding& encoding);

} // namespace bitloom

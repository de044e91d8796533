// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/fisher/fisher.h"
#include "core/quantize/variant/transformed_model.h"

#include <cstdint>

namespace bitloom {

/// The damage of a choice as a few pieces of a slot's rows tell it.
struct SlotEstimate {
    double damage = 0;
    double deviation = 0; ///< standard deviation of what the sample leaves open
};

/// Looks at about so many weights. Pieces are drawn by what the Fisher diagonal says of their rows
/// and columns, spread evenly over both, so that the plain mean of their errors, each in the unit
/// of its own weight, tells the damage. The diagonal form, which comes near the full one for
/// methods that look at the weights alone; others are seen as their baseline. Deterministic.
SlotEstimate estimateSlot(const TransformedModel& model, int slot, const Encoding& encoding,
                          const SlotFisher& fisher, int64_t weights);

} // namespace bitloom

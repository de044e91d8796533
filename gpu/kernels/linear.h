// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gpu/kernels/step_context.h"

namespace bitloom {

/// Records y = W x, or W x + `bias`, for all tokens: `outputWidth` unpadded. W is the slot's matrix
/// and what is added to it.
void recordLinear(const StepContext& context, const DeviceSlot& slot, const Region& input,
                  int64_t inputWidth, const Region& output, int64_t outputWidth, bool lastOnly,
                  const Region* bias = nullptr);

} // namespace bitloom

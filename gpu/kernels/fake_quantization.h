// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gpu/kernels/step_context.h"

namespace bitloom {

/// Rows of a value, or of a state that is as wide.
struct ActivationRows {
    Region region;
    uint32_t first = 0; ///< position of the first of them: those that a run has not are left alone
    uint32_t rows = 1;  ///< how many there are at most
};

/// Records how they are quantized, in place (core/storage/activation_scheme.h).
void recordFakeQuantization(const StepContext& context, const ActivationRows& quantized, int value,
                            const ActivationScheme& scheme);
/// The same of all rows of a value.
void recordFakeQuantization(const StepContext& context, int value, const ActivationScheme& scheme);

} // namespace bitloom

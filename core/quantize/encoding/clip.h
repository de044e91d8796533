// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/tensor.h"
#include "core/quantize/encoding/encoding.h"

#include <cstdint>

namespace bitloom {

/// Weights read at once, so that encoding the largest slot needs little memory beside its result.
inline constexpr int64_t kWeightsAtOnce = 1 << 22;

/// Clamps weights to the range of an encoding. Error when that range is empty.
void clip(Matrix& weights, const Encoding& encoding);

} // namespace bitloom

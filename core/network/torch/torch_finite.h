// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private: includes torch. Only the files in BITLOOM_TORCH_FILES may include this.

#include "core/network/torch/torch_forward.h"

#include <span>
#include <torch/torch.h>

namespace bitloom {

/// Whether all numbers are finite; mostly one sum tells.
bool isFinite(const torch::Tensor& numbers);

/// torchForward whose output is finite. Where it is not, an Error names the first weight or value
/// that is not: the pass runs again, and every value is looked at as it is computed.
torch::Tensor finiteForward(const TorchPass& pass, std::span<const int32_t> tokens);

} // namespace bitloom

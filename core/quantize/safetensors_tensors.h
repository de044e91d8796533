// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/writers.h"
#include "core/quantize/recipe.h"

#include <vector>

namespace bitloom {

/// The tensors of a safetensors file with the weights of `recipe`, in the layout of the checkpoint:
/// slots that are views come back together as the tensor they were seen in. Plain slots stay what
/// they are; a grid's values are exact only as floats. `source` must live as long as the result.
std::vector<TensorToWrite> safetensorsTensors(const EncodingSource& source, const Recipe& recipe);

} // namespace bitloom

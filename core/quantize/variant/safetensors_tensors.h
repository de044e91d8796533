// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/formats/writers.h"
#include "core/quantize/variant/expected_tensor.h"
#include "core/quantize/variant/variant.h"

#include <vector>

namespace bitloom {

/// What goes into a safetensors file, and what must come back out of it.
struct SafetensorsPlan {
    std::vector<TensorToWrite> tensors;
    std::vector<ExpectedTensor> expected;
};

/// A safetensors file with the weights of a variant, in the layout of the checkpoint, every tensor
/// of which is there: slots that are views come back together as the tensor they were seen in. What
/// the recipe leaves alone is copied byte for byte, if it is plain or cannot be read; a grid's
/// values are exact only as floats. The model must live as long as the result. Error naming a
/// tensor whose type safetensors lacks, or which its slots do not show whole and once.
SafetensorsPlan safetensorsPlan(const Variant& variant);

} // namespace bitloom

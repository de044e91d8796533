// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/writers.h"
#include "core/network/model.h"
#include "core/quantize/expected_tensor.h"
#include "core/quantize/recipe.h"

#include <string>
#include <vector>

namespace bitloom {

/// Scheme a slot has in a GGUF file: the chosen one, else the stored one; what cannot be quantized
/// (norms, biases, positions) is f32, as llama.cpp expects, unless it comes from a GGUF. Error when
/// the stored type has no scheme.
std::string ggufScheme(const Model& model, const Slot& slot, const SlotChoice& choice);

/// The slots that a tensor of the plan is made of, and where in it they lie.
std::vector<ExpectedTensor> ggufParts(const Model& model, const GgufPlan::Tensor& planned,
                                      const Recipe& recipe);

/// The tensors of a GGUF file in writing order: every slot of `plan` encoded by `recipe`, its rows
/// in the file's order, then the plan's extra tensors. `source` must live as long as the result.
std::vector<TensorToWrite> ggufTensors(const EncodingSource& source, const GgufPlan& plan,
                                       const Recipe& recipe);

} // namespace bitloom

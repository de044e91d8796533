// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/formats/writers.h"
#include "core/network/model/model.h"
#include "core/quantize/variant/expected_tensor.h"
#include "core/quantize/variant/variant.h"

#include <string>
#include <vector>

namespace bitloom {

/// Scheme a slot has in a GGUF file: the chosen one, else the stored one, or f32 where a transform
/// changes it; what cannot be quantized
/// (norms, biases, positions) is f32, as llama.cpp expects, unless it comes from a GGUF. Error when
/// the stored type has no scheme.
std::string ggufScheme(const Variant& variant, int slot);
/// The same of a slot that nothing changes.
std::string ggufUnquantizedScheme(const Model& model, const Slot& slot);

/// The slots that a tensor of the plan is made of, and where in it they lie.
std::vector<ExpectedTensor> ggufPieces(const Variant& variant, const GgufPlan::Tensor& planned);

/// The tensors of a GGUF file in writing order: every slot of `plan` encoded, its rows in the
/// file's order, then the plan's extra tensors.
std::vector<TensorToWrite> ggufTensors(const Variant& variant, const GgufPlan& plan);

} // namespace bitloom

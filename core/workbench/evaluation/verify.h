// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/progress.h"
#include "core/files/formats/checkpoint.h"
#include "core/quantize/variant/expected_tensor.h"
#include "core/quantize/variant/transformed_model.h"

#include <cstdint>
#include <string>
#include <vector>

namespace bitloom {

/// Opens the written file, decodes every tensor and compares it bit for bit with the slot's weights
/// as the window shows them, or byte for byte with the tensor it is a copy of. Returns the tensors
/// compared (fewer when stopped); a difference is an Error naming tensor and row.
int64_t verifyTensors(const TransformedModel& model, const std::string& writtenPath,
                      const std::vector<ExpectedTensor>& tensors, Progress& progress);

} // namespace bitloom

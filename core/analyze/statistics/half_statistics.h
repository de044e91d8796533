// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/statistics/distribution.h"
#include "core/base/progress.h"
#include "core/files/formats/checkpoint.h"

namespace bitloom {

/// True for f16 and bf16 tensors, whose statistics follow exactly from how often each of the 65,536
/// bit patterns occurs: one pass over the data.
bool hasHalfPatterns(const StoredTensor& tensor);

/// slotStatistics() of such a tensor.
SlotStatistics halfStatistics(const StoredTensor& tensor, int threads, Progress& progress);

} // namespace bitloom

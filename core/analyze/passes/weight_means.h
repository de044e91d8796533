// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private: includes torch. Only the files in BITLOOM_TORCH_FILES may include this.

#include "core/analyze/passes/use_gradients.h"
#include "core/files/store/spilled_sums.h"

#include <functional>
#include <memory>
#include <vector>

namespace bitloom {

/// A number for every weight, by slot; null where no window gave any.
using WeightMeans = std::vector<std::unique_ptr<Scratch>>;

/// Adds what the uses of a slot tell to its sums, [rows, columns].
using AddUses =
    std::function<void(const torch::Tensor& sums, const std::vector<UseGradient>& uses)>;

/// Sums for every weight that can be quantized, by slot.
SpilledSums weightSums(const Graph& graph, MeasurementEntry entry);

/// Sums over all windows, behind those that `sums` are of already, per prediction. Empty: stopped
/// before a window was done.
WeightMeans measureWeightMeans(UseGradients& gradients, SpilledSums sums, const AddUses& add,
                               Progress& progress);

} // namespace bitloom

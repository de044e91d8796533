// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/fisher/activation_metrics.h"
#include "core/analyze/fisher/fisher.h"
#include "core/analyze/passes/segment_limits.h"
#include "core/analyze/text/text.h"
#include "core/base/progress.h"
#include "core/files/store/measurement_store.h"
#include "core/network/model/model.h"
#include "core/quantize/variant/transformed_model.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace bitloom {

/// One backward pass of each window's summed loss; tied uses and positions add before squaring.
/// `onWindow` (may be empty) sees the running result. Stopped: what is done so far, scaled right.
/// Memory is bounded by `limits` and the largest segment of the network: its weights, and the
/// values of as many windows as there are cores. What is done stays in `store`, and the next call
/// goes on behind it.
Fisher measureFisher(const std::shared_ptr<const Model>& model, const std::vector<Window>& windows,
                     uint64_t seed, Progress& progress,
                     const std::function<void(const Fisher&)>& onWindow = {},
                     const SegmentLimits& limits = {}, const MeasurementStore& store = {});

/// What the same passes say of quantizing the network's activations; the windows so far. Where the
/// Fisher of these windows is in `store`, nothing is run. Of values that transforms scale: the
/// transforms are exact, so that the original network is run, whose values are divided and whose
/// gradients are multiplied as the transformed network would have them.
ActivationMeasurement measureActivationQuantization(const TransformedModel& model,
                                                    const std::vector<Window>& windows,
                                                    uint64_t seed, Progress& progress,
                                                    const MeasurementStore& store = {});

} // namespace bitloom

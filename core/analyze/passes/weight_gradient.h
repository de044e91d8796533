// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/passes/segment_limits.h"
#include "core/analyze/text/text.h"
#include "core/base/progress.h"
#include "core/files/store/measurement_store.h"
#include "core/network/engine/engine.h"

#include <map>
#include <memory>
#include <vector>

namespace bitloom {

/// The derivative of a network's divergence from what its own weights say
/// (CurvatureLoss::KullbackLeibler), where it has others: in nats per prediction and unit weight,
/// [rows, columns] by quantizable slot. Segment by segment. What was done stays in `entry`, which
/// is of these others and windows, as in measureSequenceFisher. Empty: stopped before a window of
/// this call was done.
std::map<int, std::unique_ptr<Scratch>>
measureWeightGradient(const std::shared_ptr<const Model>& model,
                      std::shared_ptr<const WeightSource> others,
                      const std::vector<Window>& windows, Progress& progress,
                      const SegmentLimits& limits = {}, const MeasurementEntry& entry = {});

} // namespace bitloom

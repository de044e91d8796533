// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/passes/segment_limits.h"
#include "core/analyze/text/text.h"
#include "core/base/progress.h"
#include "core/files/store/measurement_store.h"
#include "core/network/model/model.h"
#include "core/quantize/methods/input_moments.h"
#include "core/quantize/recipe/recipe.h"

#include <memory>
#include <vector>

namespace bitloom {

/// Runs the original network over the windows and gathers the second moments of every input that a
/// quantizable slot is multiplied with: all positions of all windows count alike. Segment by
/// segment over all windows; results and what lies between segments are kept on disk (Scratch), so
/// that memory is bounded by a segment: its weights, and the values of as many windows as there are
/// cores. The segments that are done stay in `store`, and the next call goes on behind them. The
/// same bits for any number of cores. Stopped: null.
///
/// With `through`, what a segment sees comes from the segments before it as that recipe stores
/// them, each encoded by the moments found so far (GPTQ's own way, Frantar et al. 2023); the
/// moments are then those of this recipe only.
std::shared_ptr<const InputMoments>
measureInputMoments(std::shared_ptr<const Model> model, const std::vector<Window>& windows,
                    Progress& progress, const SegmentLimits& limits = {},
                    const MeasurementStore& store = {}, const Recipe* through = nullptr);

} // namespace bitloom

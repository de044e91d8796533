// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/text.h"
#include "core/network/model.h"
#include "core/progress.h"
#include "core/quantize/input_moments.h"

#include <memory>
#include <vector>

namespace bitloom {

/// Runs the original network over the windows and gathers the second moments of every input that a
/// quantizable slot is multiplied with: all positions of all windows count alike. Kept on disk
/// (Scratch); memory holds the inputs of as many windows as there are cores. The same bits for any
/// number of cores. Stopped: null, unless a window was done.
std::shared_ptr<const InputMoments> measureInputMoments(std::shared_ptr<const Model> model,
                                                        const std::vector<Window>& windows,
                                                        Progress& progress);

} // namespace bitloom

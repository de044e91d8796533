// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/statistics/distribution.h"
#include "core/base/progress.h"
#include "core/network/model/model.h"

namespace bitloom {

/// Streams the slot's tensor; memory is bounded by a few rows. Same bytes for any thread count
/// (`threads` 0: all cores). Numbers that are not finite are counted, and left out of all else.
SlotStatistics slotStatistics(const Model& model, int slot, Progress& progress, int threads = 0);

} // namespace bitloom

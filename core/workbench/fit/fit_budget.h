// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private to the workbench: what a fit must keep within.

#include "core/workbench/settings/decode_times.h"
#include "core/workbench/settings/fit_settings.h"
#include "core/workbench/settings/run_memory.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace bitloom {

/// One budget of a fit, in whole units: bytes, or of a decode time picoseconds.
struct FitBudget {
    enum class Kind { WeightBytes, FileBytes, Memory, DecodeTime };
    Kind kind = Kind::FileBytes;
    int64_t most = 0; ///< that a whole recipe may take; of a fit to a damage: nothing is said
    /// What a slot takes under a choice, and what no choice changes: for Memory and DecodeTime,
    /// which are sums over slots.
    std::function<int64_t(int slot, const SlotChoice& choice)> ofSlot;
    int64_t rest = 0;

    bool isSum() const { return ofSlot != nullptr; }
};

inline constexpr double kPicoseconds = 1e12; ///< of a second

/// `start`: whose transforms and corrections the fit keeps.
FitBudget memoryBudget(const Model& model, std::shared_ptr<const EngineMemory> engine,
                       const MemoryBudget& wanted, const Recipe& start);
FitBudget decodeBudget(const Model& model, std::shared_ptr<const DecodeTimes> times,
                       double seconds);

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/numerics/estimate.h"
#include "core/quantize/methods/method.h"
#include "core/quantize/recipe/recipe.h"
#include "core/workbench/settings/decode_times.h"
#include "core/workbench/settings/run_memory.h"
#include "core/workbench/settings/texts.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bitloom {

/// Measuring recipes near the predicted best (searchMeasured), by Torch.
struct FitMeasurement {
    EvaluationSettings text; ///< held out: shares no line with the calibration text
    double seconds = 300;    ///< at most
    uint64_t seed = 1;
};

/// A budget in memory of the running network (RunMemory).
struct MemoryBudget {
    int64_t bytes = 0;
    int64_t positions = 0; ///< as runMemory
};
/// A budget in time of a token (DecodeTimes).
struct DecodeBudget {
    double seconds = 0;
    std::string engine; ///< "" = best
};

struct FitSettings {
    std::optional<double> bitsPerWeight; ///< either of these two, or none
    std::optional<int64_t> fileBytes;
    /// The smallest file within this predicted damage, as quantityOf; then nothing else is a
    /// budget.
    std::optional<double> mostDamage;
    std::optional<MemoryBudget> memory; ///< alone, or beside one other
    std::optional<DecodeBudget> decode; ///< the same
    std::vector<std::string> schemes;   ///< empty: all offered by the target
    std::vector<std::string> methods = {std::string(kDefaultMethod)}; ///< each with every scheme
    /// Encode with methods that need calibration only near what is best by the default method:
    /// hardly worse, at a part of the cost (FitCost).
    bool nearBestOnly = false;
    std::optional<FitMeasurement> measurement; ///< none: the predictions decide
};
/// One corner of the front: with these options nothing smaller loses less.
struct FitPoint {
    int64_t fileBytes = 0;
    double bitsPerWeight = 0;
    double predicted = 0; ///< as quantityOf
};
/// Why a fit chose what it did: what a step more or less would trade, for slots that change
/// together. Bytes are those of the (first) budget: of the file or the memory; of a budget in time
/// they are picoseconds.
struct FitReason {
    struct Step {
        std::string scheme;
        int64_t bytes = 0; ///< more (up) or fewer (down)
        double damage = 0; ///< saved (up) or added (down), as quantityOf
        double perByte() const { return damage / static_cast<double>(bytes); }
    };
    std::vector<int> slots;
    std::string scheme; ///< chosen; empty: as stored
    std::optional<Step> up;
    std::optional<Step> down;
    double price = 0;    ///< damage per byte that the last step within the budget saved
    bool isTime = false; ///< what is called bytes is picoseconds
    static double milliseconds(int64_t picoseconds)
    {
        return static_cast<double>(picoseconds) * 1e-9;
    }
};
/// What methods that need calibration cost a fit.
struct FitCost {
    int64_t encodings = 0;      ///< of one slot each; 0: the fit has no such method
    double seconds = 0;         ///< about, from some of them
    double secondsNearBest = 0; ///< with FitSettings::nearBestOnly
};

/// What measuring made of the predicted best; all as quantityOf, on examples of the held-out text
/// that the search never looked at.
struct MeasuredFit {
    struct Tried {
        int64_t fileBytes = 0;
        double predicted = 0;
        Estimate measured; ///< on some of the other examples
    };
    Estimate predictedBest; ///< loses so much
    Estimate found;         ///< the best found does
    Estimate saved;         ///< by the one against the other, paired
    bool isBetter = false;  ///< the paired test supports it; else the predicted best was kept
    bool complete = true;   ///< false: stopped, or out of time, before it ran out of ideas
    std::vector<Tried> tried;
};
struct FitResult {
    Recipe recipe;
    Size size;
    double predictedKl = 0;      ///< corrected by what was measured of slots alone
    std::vector<FitPoint> front; ///< from smallest to largest, 200 at most
    std::vector<FitReason> reasons;
    std::optional<MeasuredFit> measured; ///< where it was asked for
    std::optional<RunMemory> memory;     ///< of the recipe, where it was a budget
    std::optional<DecodeTimes> decode;   ///< where time was a budget
    double decodeSeconds = 0;            ///< predicted by them for the recipe
    bool complete = true;                ///< false: stopped; the recipe is the one given
};

} // namespace bitloom

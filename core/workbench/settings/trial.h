// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/budget/prediction_error.h"
#include "core/analyze/numerics/estimate.h"
#include "core/quantize/variant/variant.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bitloom {

/// The slots that can be quantized and may be encoded so.
std::vector<int> slotsAccepting(const Model& model, const Encoding& encoding);

/// What a measurement of a variant depends on.
struct TrialKey {
    VariantKey variant;
    std::string examples; ///< hash of the tokens it was run on

    bool operator==(const TrialKey&) const = default;
    // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 sees a pointer in it
    auto operator<=>(const TrialKey&) const = default;
};

/// What was predicted of something that was measured since: it stays, whatever was learnt.
struct PriorPrediction {
    PredictionRange range;
    size_t learntFrom = 0;    ///< as Prediction::learntFrom, at the time
    size_t slotsMeasured = 0; ///< the same
    /// Whether what was measured lies where nine of ten do.
    bool holds(const Estimate& measured) const
    {
        return measured.value >= range.low && measured.value <= range.high;
    }
};
/// A measurement beside what had been predicted of it; nothing: no prediction could be made.
struct Trial {
    Estimate measured; ///< as quantityOf
    std::optional<PriorPrediction> predicted;
};
using Trials = std::map<TrialKey, Trial>;

} // namespace bitloom

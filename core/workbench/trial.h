// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/analyze/estimate.h"
#include "core/analyze/prediction_error.h"
#include "core/files/fingerprint.h"
#include "core/quantize/recipe.h"

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace bitloom {

/// Slot, scheme, method, clip range: all that the error of a choice depends on.
using ErrorKey =
    std::tuple<int, std::string, std::string, std::optional<double>, std::optional<double>>;
ErrorKey errorKey(int slot, const SlotChoice& choice);
SlotChoice choiceOf(const ErrorKey& key);

/// Adds a choice to what a measurement depends on.
void addTo(Fingerprint& key, const ErrorKey& change);

/// Slots that differ from what is stored, each once, in order: one tried alone, or a recipe's.
using Changes = std::vector<ErrorKey>;
Changes changesOf(const Model& model, const Recipe& recipe);
/// The slots that can be quantized and may have such a choice.
std::vector<int> slotsAccepting(const Model& model, const SlotChoice& choice);
/// A recipe of these changes and nothing else.
Recipe recipeOf(const Model& model, const Changes& changes);
/// Whether a choice among them looks at inputs.
bool lookAtInputs(const Changes& changes);

/// A calibration as part of a TrialKey.
std::string calibrationKey(const RecipeCalibration& from);

/// What a measurement of a model with some slots changed depends on.
struct TrialKey {
    Changes changes;
    std::string examples;    ///< hash of the tokens it was run on
    std::string calibration; ///< of the inputs the choices look at; empty: they look at none
    bool operator==(const TrialKey&) const = default;
    bool operator<(const TrialKey& other) const
    {
        return std::tie(changes, examples, calibration) <
               std::tie(other.changes, other.examples, other.calibration);
    }
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

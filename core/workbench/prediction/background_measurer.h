// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/workbench/prediction/predictions.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace bitloom {

class RecipeTrials;

/// A measurement that could be made, and what it is worth.
struct CandidateTrial {
    VariantKey variant;     ///< one: a slot alone; more: a recipe
    double uncertainty = 0; ///< standard deviation of ln(measured / predicted)
    double share = 0;       ///< of the predicted total that it bears on
    double worth() const { return uncertainty * share; }
};

/// Measures what predictions are least sure of, while nobody asks for anything else: the slots of a
/// recipe alone, as they are and one step up and down, and whole recipes. By Torch, on the first
/// windows of a held-out text; what was measured is kept (MeasuredVariants), corrects its
/// predictions and is never measured again. One thread at a time.
class BackgroundMeasurer {
public:
    /// Examples of a trial at most: an error of a few per cent, where predictions miss by twenty.
    static constexpr int64_t kMostWindows = 32;

    /// Error when the text shares lines with what the sensitivity was measured on, or gives no
    /// window. `heldOut.windows.windows` 0 or more than kMostWindows: that many.
    BackgroundMeasurer(std::shared_ptr<Predictions> predictions, const EvaluationSettings& heldOut);
    ~BackgroundMeasurer();

    /// What is worth measuring and was not yet, most first, by `present`, and by recipes that were
    /// looked at before. Of a recipe that keeps every slot as stored: each slot at the reference
    /// choice (SlotErrors::sensitivity). Nothing: stopped, or no sensitivity yet, or all is known.
    std::vector<CandidateTrial> plan(const Recipe& present, const std::vector<Recipe>& before,
                                     Progress& progress);
    /// Measures and keeps. False: stopped; the windows done so far count the next time.
    bool measure(const CandidateTrial& trial, Progress& progress);
    /// "q_proj at int4-g32-sym", "a recipe".
    std::string describe(const CandidateTrial& trial) const;

private:
    Variant weightsOf(Recipe recipe) const;
    bool isMeasured(const Trials& trials, const VariantKey& variant) const;
    void planSlots(const VariantKey& present, const Target& target,
                   std::vector<CandidateTrial>& plan, Progress& progress);
    void planRecipe(const Recipe& recipe, double share, std::vector<CandidateTrial>& plan,
                    Progress& progress);
    RecipeTrials& runnerOf(const std::vector<TransformStep>& transforms);

    const ModelCalibration& calibration() const { return m_predictions->calibration(); }
    const Model& model() const { return calibration().model(); }

    std::shared_ptr<Predictions> m_predictions;
    std::vector<Window> m_windows;
    std::string m_examples; ///< their hash
    std::unique_ptr<RecipeTrials> m_runner;
    std::vector<TransformStep> m_transforms;      ///< of the runner
    std::shared_ptr<const InputMoments> m_inputs; ///< that it encodes with
    std::map<TrialKey, std::vector<BlockSum>> m_begun;
};

/// The schemes a slot has next: the nearest of the target, of the same kind, that take more and
/// fewer bytes. Fewer than two at the ends, and none for a scheme without number.
std::vector<std::string> nextSchemes(const Slot& slot, const Target& target,
                                     const std::string& scheme);

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/workbench/prediction/measured_variants.h"
#include "core/workbench/prediction/slot_errors.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/session/recalibration.h"
#include "core/workbench/settings/fit_settings.h"
#include "core/workbench/settings/prediction.h"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace bitloom {

/// What recipes are predicted to cost, corrected by all that was measured. Thread safe.
class Predictions {
public:
    Predictions(const ModelCalibration& calibration, SlotErrors& errors, MeasuredVariants& measured)
        : m_calibration(calibration)
        , m_errors(errors)
        , m_measured(measured)
    {
    }
    const ModelCalibration& calibration() const { return m_calibration; }
    SlotErrors& errors() const { return m_errors; }
    MeasuredVariants& measured() const { return m_measured; }

    /// What evaluating a recipe will find, and how sure that is; learns from every other recipe
    /// that was evaluated and from all trials. What a recipe itself was measured at never becomes
    /// its prediction: its range is the one predicted before that. nullopt as predictedKl.
    std::optional<Prediction> prediction(const Recipe& recipe, Progress& progress);
    /// The first answer, in about 50 ms (more where scales are of whole long rows): the prediction
    /// where that takes no longer, else `isQuickEstimate`. A quick estimate is kept nowhere and
    /// nothing learns from it. nullopt as predictedKl, and where what was measured must be looked
    /// at anew first.
    std::optional<Prediction> quickEstimate(const Recipe& recipe, Progress& progress);
    /// Sum of the damages of all slots, whatever was measured of them. nullopt before sensitivity
    /// was measured, and before the inputs were where the recipe needs them.
    std::optional<double> predictedKl(const Recipe& recipe, Progress& progress);

    /// Sum over the values that a recipe quantizes of what the Fisher factors predict of each
    /// alone. nullopt where that was not measured (ModelCalibration::measureActivations).
    std::optional<double> activationDamage(const Recipe& recipe) const;

    /// What is predicted of a recipe that is to be measured; nothing where nothing can be.
    std::optional<PriorPrediction> priorPrediction(const Recipe& recipe, Progress& progress);
    /// By what was measured of slots alone. nullopt as predictedKl, or stopped.
    std::optional<std::vector<double>> correctedDamages(const VariantKey& variant,
                                                        Progress& progress);
    /// What corrects predictions, by all that was measured but of the variant `but`. Null: stopped,
    /// or the sensitivity was not measured.
    std::shared_ptr<const Recalibration> recalibration(Progress& progress,
                                                       const VariantKey& but = {});
    /// The trials that can be predicted now. Stopped: those so far.
    std::vector<TrialPoint> trialPoints(Progress& progress);

    /// Learns from a recipe that was evaluated to the end, and what was predicted of it before.
    void learnFrom(const Recipe& recipe, const Estimate& measured,
                   const std::optional<PriorPrediction>& predicted);
    /// Both recipes as they were predicted before either was measured.
    void learnFromFit(const Recipe& predictedBest, const Recipe& found, const MeasuredFit& fit);

private:
    /// What recalibrations depend on. The calibration and the measurements change behind locks of
    /// their own, which is enough: a recalibration is kept under the two numbers that it was begun
    /// with, and forgotten as soon as it is asked for by any others.
    struct Basis {
        int64_t calibration = 0; ///< KnownCalibration::version
        int64_t measured = 0;    ///< MeasuredVariants::number
        bool operator==(const Basis&) const = default;
    };
    /// nullopt as predictedKl, or stopped.
    std::optional<std::vector<PredictedTerm>> predictedTerms(const VariantKey& variant,
                                                             Progress& progress);
    /// `activations`: activationDamage; `variance`: what a sample leaves open of the terms.
    static Prediction predictionOf(const std::vector<PredictedTerm>& terms, double activations,
                                   double variance, const Recalibration& known);
    /// nullopt: stopped.
    std::optional<std::vector<MeasuredTerms>>
    measuredTerms(const std::map<VariantKey, Estimate>& measured, Progress& progress);
    /// Null: it is to be made.
    std::shared_ptr<const Recalibration> made(const Basis& basis, const VariantKey& but);

    const ModelCalibration& m_calibration;
    SlotErrors& m_errors;
    MeasuredVariants& m_measured;
    std::mutex m_mutex; ///< guards what follows; nothing below is asked while it is held
    Basis m_basis;      ///< of the recalibrations
    /// By all that was measured but of one recipe; but none where that is empty.
    std::map<VariantKey, std::shared_ptr<const Recalibration>> m_recalibrations;
};

} // namespace bitloom

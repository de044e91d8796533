// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/parallel.h"
#include "core/workbench/prediction/predictions.h"
#include "core/workbench/prediction/slot_estimate.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace bitloom {

namespace {

/// Weights looked at of all unknown slots together: about 50 ms on two cores with the schemes whose
/// grids take longest to fit, a third of that with others; more where long rows share one scale.
constexpr int64_t kQuickWeights = int64_t{1} << 18;
/// And of one slot.
constexpr int64_t kQuickWeightsOfSlot = int64_t{1} << 13;
/// So many weights are encoded in full as soon.
constexpr double kWorthNoEstimate = int64_t{1} << 18;
/// What methods that need calibration leave of their baseline's damage, and the relative deviations
/// of that: of each slot, and of all together (bench_quick_estimates).
constexpr double kGuidedShare = 0.5;
constexpr double kGuidedOwn = 0.6;
constexpr double kGuidedCommon = 0.3;

/// Weights that the full answer encodes. A method that needs calibration carries the error of every
/// column into those behind it.
double fullWork(const Model& model, const SlotKey& change)
{
    const Slot& slot = model.graph.slot(change.slot);
    int64_t rows = 0;
    for (const RowRange& band : rowBands(slot, kQuick))
        rows += band.count;
    const auto columns = static_cast<double>(slot.columns);
    const double carried = change.encoding.needsCalibration() ? columns / 256 : 0;
    return static_cast<double>(rows) * columns * (1 + carried);
}

bool isWorthAnEstimate(const Model& model, const std::vector<SlotKey>& unknown)
{
    double work = 0;
    for (const SlotKey& change : unknown)
        work += fullWork(model, change);
    return work > kWorthNoEstimate;
}

struct EstimatedTerm {
    PredictedTerm term;
    double deviation = 0; ///< standard deviation of what the sample leaves open
    bool guided = false;  ///< its method needs calibration, and was seen as the baseline
};

EstimatedTerm estimatedTerm(const TransformedModel& model, const SlotFisher& fisher,
                            const SlotKey& change, int64_t weights)
{
    const auto [damage, deviation] =
        estimateSlot(model, change.slot, change.encoding, fisher, weights);
    if (change.calibration.empty())
        return {{change, damage}, deviation, false};
    return {{change, kGuidedShare * damage},
            kGuidedShare * std::hypot(deviation, kGuidedOwn * damage),
            true};
}

std::vector<EstimatedTerm> estimatedTerms(const TransformedModel& model, const Fisher& fisher,
                                          const std::vector<SlotKey>& unknown, Progress& progress)
{
    std::vector<EstimatedTerm> estimates(unknown.size());
    const auto count = static_cast<int64_t>(estimates.size());
    const int64_t weights = std::min(kQuickWeightsOfSlot, kQuickWeights / count);
    parallelFor(count, 0, progress, "looking at layers", [&](int64_t i, int) {
        const SlotKey& change = unknown[static_cast<size_t>(i)];
        const SlotFisher& ofSlot = fisher.slots.at(static_cast<size_t>(change.slot));
        estimates[static_cast<size_t>(i)] = estimatedTerm(model, ofSlot, change, weights);
    });
    return estimates;
}

/// Of what was estimated; what slots leave open each by itself evens out.
double openVariance(std::span<const EstimatedTerm> estimates, const Recalibration& known)
{
    double variance = 0;
    double guided = 0;
    for (const EstimatedTerm& one : estimates) {
        if (!(one.term.damage > 0))
            continue;
        const double corrected = known.corrected(one.term);
        variance += std::pow(corrected / one.term.damage * one.deviation, 2);
        guided += one.guided ? corrected : 0;
    }
    return variance + std::pow(kGuidedCommon * guided, 2);
}

} // namespace

std::optional<Prediction> Predictions::quickEstimate(const Recipe& recipe, Progress& progress)
{
    if (!m_calibration.canEncode(recipe))
        return std::nullopt;
    const Model& model = m_calibration.model();
    const Variant asked = m_calibration.variant(recipe);
    const VariantKey key = asked.key();
    const auto activations = activationDamage(recipe);
    const KnownCalibration known = m_calibration.known();
    auto [terms, unknown] = m_errors.remembered(key, kQuick, known);
    if (std::ranges::any_of(unknown, [](const SlotKey& change) {
            return change.encoding.correction.has_value(); // fitted to whole slots alone
        }))
        return std::nullopt;
    std::shared_ptr<const Recalibration> corrections =
        made({known.version, m_measured.number()}, {});
    const bool canPredict =
        known.fisher && activations && (known.inputs || !key.needsCalibration());
    if (!canPredict || !isWorthAnEstimate(model, unknown))
        return corrections ? prediction(recipe, progress) : std::nullopt;
    const VariantKey weights{key.slots, {}, key.transforms, key.calibration};
    if (m_measured.past(weights).isMeasured) // what was said before that is the only answer
        return std::nullopt;
    const std::vector<EstimatedTerm> estimates =
        estimatedTerms(asked.model(), *known.fisher, unknown, progress);
    if (progress.stopRequested())
        return std::nullopt;
    for (const EstimatedTerm& one : estimates)
        terms.push_back(one.term);
    if (!corrections) // made anew by the full answer
        corrections = std::make_shared<const Recalibration>(model.graph.slots.size(),
                                                            std::vector<MeasuredTerms>());
    Prediction result =
        predictionOf(terms, *activations, openVariance(estimates, *corrections), *corrections);
    result.isQuickEstimate = true;
    return result;
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/prediction/background_measurer.h"

#include "core/analyze/budget/prediction_error.h"
#include "core/files/io/fingerprint.h"
#include "core/workbench/prediction/recipe_trials.h"
#include "core/workbench/session/calibration.h"
#include "core/workbench/session/recalibration.h"
#include "core/workbench/settings/reference_choice.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace bitloom {

namespace {

/// What the original says of the windows is kept; they are fewer where its vocabulary is large.
constexpr int64_t kMostReferenceBytes = int64_t{256} << 20;
constexpr int64_t kFewestWindows = 4;
/// Windows between two looks at whether to stop and keep what is done.
constexpr size_t kWindowsAtOnce = 4;
/// A choice that may be asked for next, beside one that is: of its share.
constexpr double kNextChoice = 0.5;
/// The same of a recipe that was looked at before.
constexpr double kBefore = 0.25;
/// Less moves no prediction by as much as is shown.
constexpr double kLeastWorth = 1e-4;
/// The half of a range that holds nine of ten, in standard deviations.
constexpr double kHalfRange = 1.645;

std::string hashOf(const std::vector<Window>& windows)
{
    Fingerprint identity;
    for (const Window& window : windows) {
        identity.add(window.firstScored);
        identity.add(static_cast<int64_t>(window.tokens.size()));
        identity.add(std::as_bytes(std::span(window.tokens)));
    }
    return identity.hex();
}

std::vector<Window> heldOutWindows(const Model& model, EvaluationSettings text)
{
    int64_t& wanted = text.windows.windows;
    wanted = wanted == 0 ? BackgroundMeasurer::kMostWindows
                         : std::min(wanted, BackgroundMeasurer::kMostWindows);
    std::vector<Window> windows = evaluationExamples(model, text);
    const int64_t bytes =
        windows.front().predictions() * model.graph.outputWidth() * int64_t{sizeof(float)};
    const int64_t fitting =
        std::max(kFewestWindows, kMostReferenceBytes / std::max<int64_t>(1, bytes));
    if (static_cast<int64_t>(windows.size()) > fitting)
        windows.resize(static_cast<size_t>(fitting));
    return windows;
}

/// One slot of a variant, all others as stored.
VariantKey alone(const SlotKey& slot, const VariantKey& variant)
{
    return {{slot}, {}, variant.transforms, variant.calibration};
}

VariantKey referenceVariant(const TransformedModel& model)
{
    VariantKey key;
    for (const int slot : slotsAccepting(model.model(), referenceChoice()))
        key.slots.push_back(model.key(slot, referenceChoice()));
    return key;
}

} // namespace

std::vector<std::string> nextSchemes(const Slot& slot, const Target& target,
                                     const std::string& scheme)
{
    const Scheme* now = findScheme(scheme);
    if (!now || now->isPlain())
        return {};
    const Scheme* more = nullptr;
    const Scheme* fewer = nullptr;
    for (const Scheme* other : offeredSchemes(slot, target)) {
        if (!other->traits().differsInBitsAlone(now->traits()))
            continue;
        if (other->bits() > now->bits() && (!more || other->bits() < more->bits()))
            more = other;
        if (other->bits() < now->bits() && (!fewer || other->bits() > fewer->bits()))
            fewer = other;
    }
    std::vector<std::string> next;
    for (const Scheme* found : {more, fewer})
        if (found)
            next.emplace_back(found->id());
    return next;
}

BackgroundMeasurer::BackgroundMeasurer(std::shared_ptr<Predictions> predictions,
                                       const EvaluationSettings& heldOut)
    : m_predictions(std::move(predictions))
    , m_windows(heldOutWindows(model(), heldOut))
    , m_examples(hashOf(m_windows))
{
    calibration().requireHeldOut(heldOut);
}

BackgroundMeasurer::~BackgroundMeasurer() = default;

/// Only of weights is anything learnt.
Variant BackgroundMeasurer::weightsOf(Recipe recipe) const
{
    recipe.values.clear();
    return calibration().variant(recipe);
}

bool BackgroundMeasurer::isMeasured(const Trials& trials, const VariantKey& variant) const
{
    return trials.contains({variant, m_examples});
}

std::vector<CandidateTrial> BackgroundMeasurer::plan(const Recipe& present,
                                                     const std::vector<Recipe>& before,
                                                     Progress& progress)
{
    std::vector<CandidateTrial> plan;
    if (!calibration().canEncode(present))
        return {};
    const Variant now = weightsOf(present);
    planSlots(now.key().isOriginal() ? referenceVariant(now.model()) : now.key(),
              targetNamed(present.target), plan, progress);
    planRecipe(present, 1, plan, progress);
    for (const Recipe& recipe : before)
        planRecipe(recipe, kBefore, plan, progress);
    if (progress.stopRequested())
        return {};
    const Trials trials = m_predictions->measured().trials(progress);
    std::erase_if(plan, [&](const CandidateTrial& trial) {
        return trial.worth() < kLeastWorth || isMeasured(trials, trial.variant);
    });
    std::stable_sort(
        plan.begin(), plan.end(),
        [](const CandidateTrial& a, const CandidateTrial& b) { return a.worth() > b.worth(); });
    return plan;
}

void BackgroundMeasurer::planSlots(const VariantKey& present, const Target& target,
                                   std::vector<CandidateTrial>& plan, Progress& progress)
{
    const auto damages = m_predictions->correctedDamages(present, progress);
    const auto known = m_predictions->recalibration(progress);
    if (!damages || !known)
        return;
    const double total = std::accumulate(damages->begin(), damages->end(), 0.0);
    const TransformedModel source = calibration().transformed(present.transforms);
    for (size_t i = 0; total > 0 && i < present.slots.size(); ++i) {
        const SlotKey& now = present.slots[i];
        const double share = (*damages)[i] / total;
        plan.push_back({alone(now, present), known->deviation(now), share});
        for (const std::string& scheme :
             nextSchemes(source.graph().slot(now.slot), target, now.encoding.scheme)) {
            Encoding changed = now.encoding;
            changed.scheme = scheme;
            const SlotKey next = source.key(now.slot, changed);
            plan.push_back({alone(next, present), known->deviation(next), kNextChoice * share});
        }
    }
}

void BackgroundMeasurer::planRecipe(const Recipe& recipe, double share,
                                    std::vector<CandidateTrial>& plan, Progress& progress)
{
    if (!calibration().canEncode(recipe))
        return;
    VariantKey variant = weightsOf(recipe).key();
    if (variant.slots.size() < 2 || m_predictions->measured().isEvaluated(variant))
        return;
    const auto predicted = m_predictions->prediction(recipe, progress);
    if (predicted && predicted->range.low > 0)
        plan.push_back({std::move(variant),
                        std::log(predicted->range.high / predicted->range.low) / 2 / kHalfRange,
                        share});
}

RecipeTrials& BackgroundMeasurer::runnerOf(const std::vector<TransformStep>& transforms)
{
    auto inputs = calibration().inputs();
    if (inputs != m_inputs)
        m_begun.clear();
    if (!m_runner || inputs != m_inputs || transforms != m_transforms) {
        m_runner = std::make_unique<RecipeTrials>(calibration().transformed(transforms), m_windows);
        m_inputs = std::move(inputs);
        m_transforms = transforms;
    }
    return *m_runner;
}

bool BackgroundMeasurer::measure(const CandidateTrial& trial, Progress& progress)
{
    const TrialKey key{trial.variant, m_examples};
    const Recipe recipe = recipeOf(model().graph, trial.variant);
    const auto predicted = m_predictions->priorPrediction(recipe, progress);
    if (progress.stopRequested())
        return false;
    RecipeTrials& trials = runnerOf(trial.variant.transforms);
    std::vector<BlockSum>& sums = m_begun[key];
    while (sums.size() < m_windows.size()) {
        const size_t to = std::min(m_windows.size(), sums.size() + kWindowsAtOnce);
        const std::vector<BlockSum> more = trials.divergences(recipe, sums.size(), to, progress);
        if (more.empty())
            return false;
        sums.insert(sums.end(), more.begin(), more.end());
        progress.report(static_cast<double>(to) / static_cast<double>(m_windows.size()),
                        describe(trial));
    }
    m_predictions->measured().addTrial(key, blockMean(sums), predicted);
    m_begun.erase(key);
    return true;
}

std::string BackgroundMeasurer::describe(const CandidateTrial& trial) const
{
    if (trial.variant.slots.size() != 1)
        return "the recipe";
    const SlotKey& change = trial.variant.slots.front();
    return model().graph.slot(change.slot).name + " at " + change.encoding.scheme;
}

} // namespace bitloom

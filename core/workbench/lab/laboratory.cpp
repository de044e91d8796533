// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/lab/laboratory.h"

#include "core/analyze/fisher/fisher_measurement.h"
#include "core/analyze/numerics/finite_figures.h"
#include "core/analyze/passes/kept_by_place.h"
#include "core/analyze/passes/places.h"
#include "core/analyze/passes/slot_trial.h"
#include "core/analyze/text/measurement_key.h"
#include "core/workbench/session/calibration.h"
#include "core/workbench/settings/trial.h"

#include <optional>

namespace bitloom {

namespace {

/// Grows with every change of what is measured.
constexpr int64_t kTruthVersion = 1;
constexpr int64_t kValueTruthVersion = 1;

std::optional<std::vector<double>> numbersOf(const std::optional<Estimate>& measured)
{
    return measured ? std::optional(std::vector{measured->value, measured->standardError})
                    : std::nullopt;
}

/// The original weights with one value rounded.
std::shared_ptr<const WeightSource> rounding(const std::shared_ptr<const Model>& model, int value,
                                             const ActivationScheme& scheme)
{
    Recipe recipe;
    recipe.values[model->graph.value(value).name] = scheme.id;
    return std::make_shared<Variant>(TransformedModel(model), recipe);
}

} // namespace

std::vector<SlotTruth> Laboratory::truthOf(const SlotChoice& choice, const JudgeSettings& text,
                                           Progress& progress)
{
    opened().requireComputable("lab", progress);
    const TransformedModel source = calibration().transformed();
    const std::vector<Window> windows = evaluationExamples(model(), text);
    Fingerprint key;
    key.add(kTruthVersion);
    key.add(model().identity);
    addTo(key, windows);
    addTo(key, choice);
    key.add(source.calibrationOf(choice));
    KeptByPlace kept(opened().store(progress), "truth", key, 2);
    std::optional<SlotTrials> trials; // decodes a small network
    const auto measure = [&](int slot, Progress& one) -> std::optional<std::vector<double>> {
        if (!trials)
            trials.emplace(opened().shared(), windows);
        const Matrix changed = source.encode(slot, choice).decode();
        return numbersOf(trials->divergence(slot, changed.view(), one));
    };
    std::vector<SlotTruth> truth;
    kept.fill(model().graph.slots, slotsAccepting(model(), choice), true, progress, measure,
              [&](int slot, const std::vector<double>& numbers) {
                  requireFinite(model().graph.slot(slot).name, numbers.front(), "lab");
                  truth.push_back({slot, {numbers[0], numbers[1]}});
              });
    return truth;
}

std::vector<ValueTruth> Laboratory::truthOf(const ActivationScheme& scheme,
                                            const JudgeSettings& text, Progress& progress)
{
    opened().requireComputable("lab", progress);
    const std::vector<Window> windows = evaluationExamples(model(), text);
    Fingerprint key = measurementKey(model(), windows, 0, kValueTruthVersion);
    key.add(scheme.id);
    KeptByPlace kept(opened().store(progress), "value-truth", key, 2);
    std::optional<SlotTrials> trials; // decodes a small network
    const auto measure = [&](int value, Progress& one) {
        if (!trials)
            trials.emplace(opened().shared(), windows);
        return numbersOf(trials->divergence(rounding(opened().shared(), value, scheme), one));
    };
    std::vector<ValueTruth> truth;
    kept.fill(model().graph.values, roundableValues(model().graph), true, progress, measure,
              [&](int value, const std::vector<double>& numbers) {
                  requireFinite(model().graph.value(value).name, numbers.front(), "lab");
                  truth.push_back({value, {numbers[0], numbers[1]}});
              });
    return truth;
}

RoundingMeasurement Laboratory::roundings(const CalibrationSettings& text, Progress& progress)
{
    opened().requireComputable("sensitivity", progress);
    return measureRoundings(opened().shared(), calibrationExamples(model(), text), text.seed,
                            progress, opened().store(progress));
}

} // namespace bitloom

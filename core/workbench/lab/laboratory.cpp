// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/lab/laboratory.h"

#include "core/analyze/fisher/fisher_measurement.h"
#include "core/analyze/numerics/finite_figures.h"
#include "core/analyze/passes/indexed_store.h"
#include "core/analyze/passes/quantizable_indices.h"
#include "core/analyze/passes/slot_trial.h"
#include "core/analyze/text/measurement_key.h"
#include "core/workbench/session/calibration.h"
#include "core/workbench/settings/trial.h"

#include <optional>

namespace bitloom {

namespace {

/// Grows with every change of what is measured.
constexpr int64_t kSlotKlVersion = 1;
constexpr int64_t kValueKlVersion = 1;

std::optional<std::vector<double>> numbersOf(const std::optional<Estimate>& measured)
{
    return measured ? std::optional(std::vector{measured->value, measured->standardError})
                    : std::nullopt;
}

/// The original weights with one value quantized.
std::shared_ptr<const WeightSource> activationScheme(const std::shared_ptr<const Model>& model,
                                                     int value, const ActivationScheme& scheme)
{
    Recipe recipe;
    recipe.values[model->graph.value(value).name] = scheme.id;
    return std::make_shared<Variant>(TransformedModel(model), recipe);
}

} // namespace

std::vector<MeasuredSlotKl>
Laboratory::measuredKl(const SlotChoice& choice, const EvaluationSettings& text, Progress& progress)
{
    opened().requireComputable("lab", progress);
    const TransformedModel source = calibration().transformed();
    const std::vector<Window> windows = evaluationExamples(model(), text);
    Fingerprint key;
    key.add(kSlotKlVersion);
    key.add(model().identity);
    addTo(key, windows);
    addTo(key, choice);
    key.add(source.calibrationOf(choice));
    IndexedStore stored(opened().store(progress), "truth", key, 2);
    std::optional<SlotTrials> trials; // decodes a small network
    const auto measure = [&](int slot, Progress& one) -> std::optional<std::vector<double>> {
        if (!trials)
            trials.emplace(opened().shared(), windows);
        const Matrix changed = source.encode(slot, choice).decode();
        return numbersOf(trials->divergence(slot, changed.view(), one));
    };
    std::vector<MeasuredSlotKl> found;
    stored.fill(model().graph.slots, slotsAccepting(model(), choice), true, progress, measure,
                [&](int slot, const std::vector<double>& numbers) {
                    requireFinite(model().graph.slot(slot).name, numbers.front(), "lab");
                    found.push_back({slot, {numbers[0], numbers[1]}});
                });
    return found;
}

std::vector<MeasuredValueKl> Laboratory::measuredKl(const ActivationScheme& scheme,
                                                    const EvaluationSettings& text,
                                                    Progress& progress)
{
    opened().requireComputable("lab", progress);
    const std::vector<Window> windows = evaluationExamples(model(), text);
    Fingerprint key = measurementKey(model(), windows, 0, kValueKlVersion);
    key.add(scheme.id);
    IndexedStore stored(opened().store(progress), "value-truth", key, 2);
    std::optional<SlotTrials> trials; // decodes a small network
    const auto measure = [&](int value, Progress& one) {
        if (!trials)
            trials.emplace(opened().shared(), windows);
        return numbersOf(
            trials->divergence(activationScheme(opened().shared(), value, scheme), one));
    };
    std::vector<MeasuredValueKl> found;
    stored.fill(model().graph.values, quantizableValues(model().graph), true, progress, measure,
                [&](int value, const std::vector<double>& numbers) {
                    requireFinite(model().graph.value(value).name, numbers.front(), "lab");
                    found.push_back({value, {numbers[0], numbers[1]}});
                });
    return found;
}

ActivationMeasurement Laboratory::activationQuantization(const CalibrationSettings& text,
                                                         Progress& progress)
{
    opened().requireComputable("sensitivity", progress);
    return measureActivationQuantization(TransformedModel(opened().shared()),
                                         calibrationExamples(model(), text), text.seed, progress,
                                         opened().store(progress));
}

} // namespace bitloom

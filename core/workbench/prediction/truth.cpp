// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/numerics/finite_figures.h"
#include "core/analyze/passes/kept_by_place.h"
#include "core/analyze/passes/places.h"
#include "core/analyze/passes/slot_trial.h"
#include "core/analyze/text/measurement_key.h"
#include "core/workbench/session/caches.h"
#include "core/workbench/session/calibration.h"

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

std::vector<SlotTruth> Workbench::truthOf(const SlotChoice& choice, const JudgeSettings& text,
                                          Progress& progress)
{
    m_caches->requireComputable(*m_model, "lab", progress);
    const TransformedModel source = transformed();
    const std::vector<Window> windows = evaluationExamples(*m_model, text);
    Fingerprint key;
    key.add(kTruthVersion);
    key.add(m_model->identity);
    addTo(key, windows);
    addTo(key, choice);
    key.add(source.calibrationOf(choice));
    KeptByPlace kept(m_caches->store(progress), "truth", key, 2);
    std::optional<SlotTrials> trials; // decodes a small network
    const auto measure = [&](int slot, Progress& one) -> std::optional<std::vector<double>> {
        if (!trials)
            trials.emplace(m_model, windows);
        const Matrix changed = source.encode(slot, choice).decode();
        return numbersOf(trials->divergence(slot, changed.view(), one));
    };
    std::vector<SlotTruth> truth;
    kept.fill(m_model->graph.slots, slotsAccepting(*m_model, choice), true, progress, measure,
              [&](int slot, const std::vector<double>& numbers) {
                  requireFinite(m_model->graph.slot(slot).name, numbers.front(), "lab");
                  truth.push_back({slot, {numbers[0], numbers[1]}});
              });
    return truth;
}

std::vector<ValueTruth> Workbench::truthOf(const ActivationScheme& scheme,
                                           const JudgeSettings& text, Progress& progress)
{
    m_caches->requireComputable(*m_model, "lab", progress);
    const std::vector<Window> windows = evaluationExamples(*m_model, text);
    Fingerprint key = measurementKey(*m_model, windows, 0, kValueTruthVersion);
    key.add(scheme.id);
    KeptByPlace kept(m_caches->store(progress), "value-truth", key, 2);
    std::optional<SlotTrials> trials; // decodes a small network
    const auto measure = [&](int value, Progress& one) {
        if (!trials)
            trials.emplace(m_model, windows);
        return numbersOf(trials->divergence(rounding(m_model, value, scheme), one));
    };
    std::vector<ValueTruth> truth;
    kept.fill(m_model->graph.values, roundableValues(m_model->graph), true, progress, measure,
              [&](int value, const std::vector<double>& numbers) {
                  requireFinite(m_model->graph.value(value).name, numbers.front(), "lab");
                  truth.push_back({value, {numbers[0], numbers[1]}});
              });
    return truth;
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/passes/indexed_store.h"
#include "core/analyze/passes/quantizable_indices.h"
#include "core/analyze/passes/slot_trial.h"
#include "core/analyze/sensitivity/rows.h"
#include "core/analyze/text/measurement_key.h"
#include "core/base/random.h"
#include "core/quantize/variant/transformed_model.h"

#include <algorithm>
#include <cmath>

namespace bitloom {

namespace {

/// Every change is tried.
class MeasuredDivergence : public Sensitivity {
public:
    explicit MeasuredDivergence(const SensitivityQuestion& question)
        : m_trials(question.model, question.windows)
    {
    }
    double damage(const WeightChange& change, Progress& progress) const override
    {
        const auto found = m_trials.divergence(change.slot, change.changed, progress);
        return found ? found->value : 0;
    }

private:
    SlotTrials m_trials;
};

/// Grows with ‖ΔW‖² / ‖W‖² (linearity theorem, Malinovskii et al. 2024).
class NoiseSensitivity : public Sensitivity {
public:
    explicit NoiseSensitivity(std::map<int, double> coefficients)
        : m_coefficients(std::move(coefficients))
    {
    }
    double damage(const WeightChange& change, Progress& /*progress*/) const override
    {
        const auto coefficient = m_coefficients.find(change.slot);
        if (coefficient == m_coefficients.end())
            return 0;
        const Matrix zero(change.original.rows, change.original.columns);
        const double whole = squaredChange({change.slot, zero.view(), change.original});
        return whole > 0 ? coefficient->second * squaredChange(change) / whole : 0;
    }

private:
    std::map<int, double> m_coefficients;
};

/// Grows with every change of what is measured.
constexpr int64_t kNoiseVersion = 1;
/// ‖ΔW‖ / ‖W‖ of the noise: about what four bits do.
constexpr double kRelativeNoise = 0.1;
constexpr int kDraws = 3;
/// Windows it is measured on, at most, spread over all: noise leaves little to chance in the text.
constexpr size_t kNoiseWindows = 32;

std::vector<Window> spreadWindows(const std::vector<Window>& windows)
{
    const size_t count = std::min(kNoiseWindows, windows.size());
    std::vector<Window> some;
    for (size_t i = 0; i < count; ++i)
        some.push_back(windows[i * windows.size() / count]);
    return some;
}

Matrix withNoise(const Matrix& original, uint64_t seed)
{
    double squares = 0;
    for (const float value : original.values)
        squares += static_cast<double>(value) * value;
    const double size =
        kRelativeNoise * std::sqrt(squares / static_cast<double>(original.values.size()));
    Matrix noisy = original;
    for (size_t i = 0; i < noisy.values.size(); ++i)
        noisy.values[i] += static_cast<float>(size * randomNormal(seed, i));
    return noisy;
}

/// Divergence per squared relative noise; nothing: stopped.
std::optional<std::vector<double>> noiseCoefficient(const Model& model, const SlotTrials& trials,
                                                    int slot, uint64_t seed, Progress& progress)
{
    const Matrix original = TransformedModel(model).source(slot);
    double sum = 0;
    Progress silent;
    for (uint64_t draw = 0; draw < kDraws; ++draw) {
        if (progress.stopRequested())
            return std::nullopt;
        const uint64_t number = static_cast<uint64_t>(slot) * kDraws + draw;
        const Matrix noisy = withNoise(original, randomBits(seed, number));
        sum += trials.divergence(slot, noisy.view(), silent)->value;
    }
    return std::vector{sum / kDraws / (kRelativeNoise * kRelativeNoise)};
}

} // namespace

MeasuredSensitivity measureDivergence(const SensitivityQuestion& question, Progress& /*progress*/)
{
    return std::make_unique<MeasuredDivergence>(question);
}

MeasuredSensitivity measureNoise(const SensitivityQuestion& question, Progress& progress)
{
    const Model& model = *question.model;
    const std::vector<Window> windows = spreadWindows(question.windows);
    const SlotTrials trials(question.model, windows);
    IndexedStore stored(question.store, "noise",
                        measurementKey(model, windows, question.seed, kNoiseVersion), 1);
    std::map<int, double> coefficients;
    stored.fill(
        model.graph.slots, quantizableSlots(model.graph), true, progress,
        [&](int slot, Progress& one) {
            return noiseCoefficient(model, trials, slot, question.seed, one);
        },
        [&](int slot, const std::vector<double>& found) { coefficients[slot] = found.front(); });
    return coefficients.empty() ? nullptr
                                : std::make_unique<NoiseSensitivity>(std::move(coefficients));
}

} // namespace bitloom

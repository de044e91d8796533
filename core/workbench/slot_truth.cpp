// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/kept_by_slot.h"
#include "core/analyze/slot_trial.h"
#include "core/workbench/caches.h"
#include "core/workbench/calibration.h"

#include <optional>

namespace bitloom {

namespace {

/// Grows with every change of what is measured.
constexpr int64_t kTruthVersion = 1;

} // namespace

std::vector<SlotTruth> Workbench::truthOf(const SlotChoice& choice, const JudgeSettings& text,
                                          Progress& progress)
{
    requireRunnable(*m_model, "lab");
    const auto inputs = m_caches->inputs();
    const std::vector<Window> windows = evaluationExamples(*m_model, text);
    Fingerprint key;
    key.add(kTruthVersion);
    key.add(m_model->identity);
    addTo(key, windows);
    addTo(key, errorKey(0, choice));
    key.add(trialKey({errorKey(0, choice)}, {}).calibration);
    KeptBySlot kept(m_caches->store, "truth", key, 2);
    std::optional<SlotTrials> trials; // decodes a small network
    const auto measure = [&](int slot, Progress& one) -> std::optional<std::vector<double>> {
        if (!trials)
            trials.emplace(m_model, windows);
        const Matrix changed = encodeSlot({*m_model, inputs.get()}, slot, choice).decode();
        const auto measured = trials->divergence(slot, changed.view(), one);
        return measured ? std::optional(std::vector{measured->value, measured->standardError})
                        : std::nullopt;
    };
    std::vector<SlotTruth> truth;
    kept.fill(m_model->graph, slotsAccepting(*m_model, choice), true, progress, measure,
              [&](int slot, const std::vector<double>& numbers) {
                  truth.push_back({slot, {numbers[0], numbers[1]}});
              });
    return truth;
}

} // namespace bitloom

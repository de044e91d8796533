// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/slot_trial.h"
#include "core/workbench/caches.h"
#include "core/workbench/calibration.h"
#include "core/workbench/kept_numbers.h"

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
    std::optional<SlotTrials> trials; // holds the whole network
    std::vector<SlotTruth> truth;
    const std::vector<int> all = slotsAccepting(*m_model, choice);
    for (const int slot : all) {
        if (progress.stopRequested())
            break;
        const auto done = [&](size_t slots) {
            return static_cast<double>(slots) / static_cast<double>(all.size());
        };
        progress.report(done(truth.size()), m_model->graph.slots[static_cast<size_t>(slot)].name);
        if (!kept.of(slot)) {
            if (!trials)
                trials.emplace(m_model, windows);
            const Matrix changed = encodeSlot({*m_model, inputs.get()}, slot, choice).decode();
            ProgressSpan running(progress, done(truth.size()), done(truth.size() + 1));
            const auto measured = trials->divergence(slot, changed.view(), running);
            if (!measured)
                break;
            kept.add(slot, {measured->value, measured->standardError});
            kept.keep();
        }
        const std::vector<double>& numbers = *kept.of(slot);
        truth.push_back({slot, {numbers[0], numbers[1]}});
    }
    return truth;
}

} // namespace bitloom

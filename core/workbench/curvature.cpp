// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/kept_numbers.h"
#include "core/workbench/caches.h"
#include "core/workbench/calibration.h"
#include "core/workbench/reference_choice.h"

namespace bitloom {

namespace {

CurvatureSettings settingsOf(const CurvatureRequest& request)
{
    CurvatureSettings settings;
    settings.loss = request.loss;
    return settings;
}

/// Grows with every change of what is measured.
constexpr int64_t kCurvatureVersion = 1;

Fingerprint keyOf(const Model& model, const std::vector<Window>& windows, CurvatureLoss loss)
{
    Fingerprint key;
    key.add(kCurvatureVersion);
    key.add(model.identity);
    addTo(key, windows);
    key.add(static_cast<int64_t>(loss));
    return key;
}

/// First the steps and the dimension, then values and weights of every start.
NumberRows rowsOf(const SpectralDensity& density)
{
    NumberRows rows = {
        {static_cast<double>(density.steps), static_cast<double>(density.dimension)}};
    for (const SpectralNodes& start : density.starts)
        rows.insert(rows.end(), {start.values, start.weights});
    return rows;
}

SpectralDensity densityFrom(const NumberRows& rows)
{
    SpectralDensity density;
    density.steps = static_cast<int64_t>(rows.at(0).at(0));
    density.dimension = static_cast<int64_t>(rows.at(0).at(1));
    for (size_t i = 1; i + 1 < rows.size(); i += 2)
        density.starts.push_back({rows[i], rows[i + 1]});
    density.complete = true;
    return density;
}

} // namespace

std::vector<CurvatureDamage> Workbench::curvature(const std::string& measure,
                                                  const CurvatureRequest& request,
                                                  Progress& progress)
{
    requireRunnable(*m_model, "curvature");
    CurvatureQuestion question;
    question.model = m_model;
    question.windows = calibrationExamples(*m_model, request.text);
    question.settings = settingsOf(request);
    question.store = m_caches->store;
    question.trace.atMost = request.samples;
    question.trace.atLeast = std::min(question.trace.atLeast, request.samples);
    question.trace.seed = request.text.seed;
    std::vector<CurvatureDamage> result;
    Progress untold; // errors take no time beside the curvature, and complete what a stop left
    for (const SlotCurvature& slot : curvatureMeasureNamed(measure).measure(question, progress)) {
        const SlotError error = slotError(slot.slot, referenceChoice(), false, untold);
        const auto weights = m_model->graph.slots[static_cast<size_t>(slot.slot)].weights();
        result.push_back({slot, slot.value * error.meanSquare * static_cast<double>(weights) / 2});
    }
    return result;
}

SpectralDensity Workbench::density(const std::vector<int>& slots, const CurvatureRequest& request,
                                   const DensitySettings& settings, Progress& progress)
{
    requireRunnable(*m_model, "curvature");
    const std::vector<Window> windows = calibrationExamples(*m_model, request.text);
    Fingerprint key = keyOf(*m_model, windows, request.loss);
    key.add(std::vector<int64_t>(slots.begin(), slots.end()));
    key.add(settings.starts);
    key.add(settings.steps);
    key.add(settings.basisBytes);
    key.add(settings.seed);
    const KeptNumbers kept(m_caches->store, "density", key);
    if (const std::optional<NumberRows> rows = kept.load())
        return densityFrom(*rows);
    const NetworkCurvature curvature(m_model, windows, settingsOf(request), slots);
    SpectralDensity found = spectralDensity(curvature.hessian(), settings, progress);
    if (found.complete)
        kept.keep(rowsOf(found));
    return found;
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/prediction/curvatures.h"

#include "core/analyze/numerics/finite_figures.h"
#include "core/workbench/session/calibration.h"
#include "core/workbench/settings/reference_choice.h"

namespace bitloom {

namespace {

CurvatureSettings settingsOf(const CurvatureRequest& request)
{
    CurvatureSettings settings;
    settings.loss = request.loss;
    return settings;
}

/// Grows with every change of what is measured.
constexpr int64_t kCurvatureVersion = 2;

Fingerprint curvaturesKey(const Model& model, const std::vector<Window>& windows,
                          CurvatureLoss loss)
{
    Fingerprint key;
    key.add(kCurvatureVersion);
    key.add(model.identity);
    addTo(key, windows);
    key.add(static_cast<int64_t>(loss));
    return key;
}

} // namespace

std::vector<CurvatureDamage> Curvatures::curvature(const std::string& measure,
                                                   const CurvatureRequest& request,
                                                   Progress& progress)
{
    const OpenedModel& opened = m_calibration.opened();
    opened.requireComputable("curvature", progress);
    CurvatureQuestion question;
    question.model = opened.shared();
    question.windows = calibrationExamples(opened.model(), request.text);
    question.settings = settingsOf(request);
    question.store = opened.store(progress);
    question.trace.atMost = request.samples;
    question.trace.atLeast = std::min(question.trace.atLeast, request.samples);
    question.trace.seed = request.text.seed;
    std::vector<CurvatureDamage> result;
    Progress silent; // errors take no time beside the curvature, and complete what a stop left
    for (const SlotCurvature& slot : curvatureMeasureNamed(measure).measure(question, progress)) {
        requireFinite(opened.model().graph.slot(slot.slot).name, slot.value, "curvature");
        const SlotError error = m_errors.slotError(slot.slot, referenceChoice(), false, silent);
        const auto weights = opened.model().graph.slot(slot.slot).weights();
        result.push_back({slot, slot.value * error.meanSquare * static_cast<double>(weights) / 2});
    }
    return result;
}

SpectralDensity Curvatures::density(const std::vector<int>& slots, const CurvatureRequest& request,
                                    const DensitySettings& settings, Progress& progress)
{
    const OpenedModel& opened = m_calibration.opened();
    opened.requireComputable("curvature", progress);
    const std::vector<Window> windows = calibrationExamples(opened.model(), request.text);
    Fingerprint key = curvaturesKey(opened.model(), windows, request.loss);
    key.add(std::vector<int64_t>(slots.begin(), slots.end()));
    key.add(settings.starts);
    key.add(settings.steps);
    key.add(settings.basisBytes);
    key.add(settings.seed);
    DensitySettings storing = settings;
    storing.entry = opened.store(progress).entry("density", key);
    if (SpectralDensity known = storedDensity(storing); known.complete)
        return known;
    const NetworkCurvature curvature(opened.shared(), windows, settingsOf(request), slots);
    return spectralDensity(curvature.hessian(), storing, progress);
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/lab/lab.h"

#include "core/workbench/lab/lab_trial.h"
#include "core/workbench/session/calibration.h"

#include <algorithm>

namespace bitloom {

namespace {

/// Share of the time that goes into measuring the metrics.
constexpr double kMetricsShare = 0.5;

/// Fewer than there are metrics: stopped.
std::vector<LabTrial::Predicted> askMetrics(LabTrial& trial, size_t metrics, Progress& progress)
{
    std::vector<LabTrial::Predicted> predicted;
    while (predicted.size() < metrics) {
        ProgressSpan span = spanOf(progress, predicted.size(), 1, metrics);
        LabTrial::Predicted one = trial.predicted(predicted.size(), span);
        if (progress.stopRequested() || one.empty())
            break;
        predicted.push_back(std::move(one));
    }
    return predicted;
}

/// Adds what one scheme was measured at, and what the metrics predict of it.
void addMeasured(LabTrial& trial, size_t scheme, const std::vector<LabTrial::Predicted>& predicted,
                 Lab& lab, Progress& progress)
{
    for (const auto& [index, measured] : trial.measured(scheme, progress)) {
        LabPoint point = {index, scheme, measured, {}};
        for (const LabTrial::Predicted& metric : predicted)
            point.predicted.push_back(metric[scheme].at(index));
        lab.points.push_back(std::move(point));
    }
}

LabScore scoreOf(const Lab& lab, size_t metric)
{
    LabScore score;
    const auto columns = [&](std::optional<size_t> choice) {
        std::pair<std::vector<double>, std::vector<double>> both;
        for (const LabPoint& point : lab.points)
            if (!choice || point.choice == *choice) {
                both.first.push_back(point.predicted[metric]);
                both.second.push_back(point.measured.value);
            }
        return both;
    };
    const auto [predicted, measured] = columns(std::nullopt);
    score.spearman = spearman(predicted, measured);
    score.ratio = logRatio(predicted, measured);
    for (size_t choice = 0; choice < lab.schemes.size(); ++choice) {
        const auto [some, found] = columns(choice);
        score.within.push_back(spearman(some, found));
    }
    return score;
}

} // namespace

std::vector<const ActivationScheme*> usualActivationSchemes()
{
    return {&activationSchemeNamed("int8-token-sym"), &activationSchemeNamed("int6-token-sym"),
            &activationSchemeNamed("int4-token-sym")};
}

Lab runLab(Laboratory& laboratory, const LabSettings& settings, Progress& progress)
{
    requireFreshText(settings.calibration.text, settings.evaluation);
    Lab lab;
    lab.ofValues = !settings.activationSchemes.empty();
    const auto trial =
        lab.ofValues ? valueTrial(laboratory, settings) : slotTrial(laboratory, settings);
    lab.metrics = trial->metrics();
    lab.schemes = trial->schemes();
    evaluationExamples(laboratory.model(),
                       settings.evaluation); // an error now, not after all metrics
    ProgressSpan measuring(progress, 0, kMetricsShare);
    ProgressSpan trying(progress, kMetricsShare, 1);
    const auto predicted = askMetrics(*trial, lab.metrics.size(), measuring);
    lab.metrics.resize(predicted.size());
    size_t pairs = 0;
    for (size_t scheme = 0; scheme < lab.schemes.size(); ++scheme) {
        ProgressSpan span = spanOf(trying, scheme, 1, lab.schemes.size());
        addMeasured(*trial, scheme, predicted, lab, span);
        pairs += trial->candidates(scheme);
    }
    std::stable_sort(lab.points.begin(), lab.points.end(),
                     [](const LabPoint& a, const LabPoint& b) { return a.index < b.index; });
    lab.complete = lab.points.size() == pairs; // a stop behind the last of them stopped nothing
    for (size_t metric = 0; metric < lab.metrics.size(); ++metric)
        lab.scores.push_back(scoreOf(lab, metric));
    return lab;
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/lab/lab.h"

#include "core/workbench/lab/lab_trial.h"
#include "core/workbench/session/calibration.h"

#include <algorithm>

namespace bitloom {

namespace {

/// Part of the time that goes into measuring the metrics.
constexpr double kMetricsShare = 0.5;

/// Fewer than there are metrics: stopped.
std::vector<LabTrial::Told> askMetrics(LabTrial& trial, size_t metrics, Progress& progress)
{
    std::vector<LabTrial::Told> told;
    while (told.size() < metrics) {
        ProgressSpan span = spanOf(progress, told.size(), 1, metrics);
        LabTrial::Told one = trial.told(told.size(), span);
        if (progress.stopRequested() || one.empty())
            break;
        told.push_back(std::move(one));
    }
    return told;
}

/// Adds the truth of one scheme, and what the metrics tell of it.
void addTruth(LabTrial& trial, size_t scheme, const std::vector<LabTrial::Told>& told, Lab& lab,
              Progress& progress)
{
    for (const auto& [place, measured] : trial.truth(scheme, progress)) {
        LabPoint point = {place, scheme, measured, {}};
        for (const LabTrial::Told& metric : told)
            point.predicted.push_back(metric[scheme].at(place));
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
        const auto [some, truth] = columns(choice);
        score.within.push_back(spearman(some, truth));
    }
    return score;
}

} // namespace

std::vector<const ActivationScheme*> usualRoundings()
{
    return {&activationSchemeNamed("int8-token-sym"), &activationSchemeNamed("int6-token-sym"),
            &activationSchemeNamed("int4-token-sym")};
}

Lab runLab(Laboratory& laboratory, const LabSettings& settings, Progress& progress)
{
    requireFreshText(settings.calibration.text, settings.evaluation);
    Lab lab;
    lab.ofValues = !settings.roundings.empty();
    const auto trial =
        lab.ofValues ? valueTrial(laboratory, settings) : slotTrial(laboratory, settings);
    lab.metrics = trial->metrics();
    lab.schemes = trial->schemes();
    evaluationExamples(laboratory.model(),
                       settings.evaluation); // an error now, not after all metrics
    ProgressSpan measuring(progress, 0, kMetricsShare);
    ProgressSpan trying(progress, kMetricsShare, 1);
    const auto told = askMetrics(*trial, lab.metrics.size(), measuring);
    lab.metrics.resize(told.size());
    size_t pairs = 0;
    for (size_t scheme = 0; scheme < lab.schemes.size(); ++scheme) {
        ProgressSpan span = spanOf(trying, scheme, 1, lab.schemes.size());
        addTruth(*trial, scheme, told, lab, span);
        pairs += trial->places(scheme);
    }
    std::stable_sort(lab.points.begin(), lab.points.end(),
                     [](const LabPoint& a, const LabPoint& b) { return a.place < b.place; });
    lab.complete = lab.points.size() == pairs; // a stop behind the last of them stopped nothing
    for (size_t metric = 0; metric < lab.metrics.size(); ++metric)
        lab.scores.push_back(scoreOf(lab, metric));
    return lab;
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/lab.h"

#include "core/workbench/calibration.h"

#include <algorithm>
#include <map>

namespace bitloom {

namespace {

/// Part of the time that goes into measuring the metrics.
constexpr double kMetricsShare = 0.5;
/// Of a metric's time: it is measured for the first choice.
constexpr double kFirstShare = 0.95;

std::vector<SlotChoice> lowBits()
{
    std::vector<SlotChoice> choices(3);
    int bits = 2;
    for (SlotChoice& choice : choices) {
        choice.scheme = "int" + std::to_string(bits++) + "-g32-asym";
        choice.method = "nearest";
    }
    return choices;
}

std::vector<const SensitivityRow*> rowsOf(const std::vector<std::string>& ids, const Graph& graph)
{
    std::vector<const SensitivityRow*> rows;
    for (const std::string& id : ids)
        rows.push_back(&sensitivityNamed(id));
    if (ids.empty())
        for (const SensitivityRow& row : sensitivities())
            if (row.id != kMeasuredSensitivity && row.appliesTo(graph))
                rows.push_back(&row);
    return rows;
}

/// What a metric tells: damages by slot, of every choice.
using Told = std::vector<std::map<int, double>>;

/// Of a metric's time: that of the first choices.
double shareBefore(size_t choices, size_t all)
{
    return choices == 0 ? 0
                        : 1 - (1 - kFirstShare) * static_cast<double>(all - choices) /
                                  static_cast<double>(std::max<size_t>(1, all - 1));
}

/// Fewer than asked for: stopped.
std::vector<Told> askMetrics(Workbench& bench, const Lab& lab, const CalibrationSettings& text,
                             Progress& progress)
{
    std::vector<Told> told;
    const auto all = static_cast<double>(lab.metrics.size());
    for (const SensitivityRow* row : lab.metrics) {
        const auto done = static_cast<double>(told.size());
        Told one;
        for (const SlotChoice& choice : lab.choices) {
            ProgressSpan span(progress, (done + shareBefore(one.size(), lab.choices.size())) / all,
                              (done + shareBefore(one.size() + 1, lab.choices.size())) / all);
            auto& slots = one.emplace_back();
            for (const SlotDamage& slot : bench.damagesBy(std::string(row->id), text, choice, span))
                slots[slot.slot] = slot.damage;
        }
        if (progress.stopRequested())
            break;
        told.push_back(std::move(one));
    }
    return told;
}

/// Adds the truth of one choice, and what the metrics tell of it.
void tryChoice(Workbench& bench, size_t choice, const JudgeSettings& text,
               const std::vector<Told>& told, Lab& lab, Progress& progress)
{
    for (const SlotTruth& truth : bench.truthOf(lab.choices[choice], text, progress)) {
        LabPoint point = {truth.slot, choice, truth.measured, {}};
        for (const Told& metric : told)
            point.predicted.push_back(metric[choice].at(truth.slot));
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
    for (size_t choice = 0; choice < lab.choices.size(); ++choice) {
        const auto [some, truth] = columns(choice);
        score.within.push_back(spearman(some, truth));
    }
    return score;
}

} // namespace

std::vector<LabScore> scoresOf(const Lab& lab)
{
    std::vector<LabScore> scores;
    for (size_t metric = 0; metric < lab.metrics.size(); ++metric)
        scores.push_back(scoreOf(lab, metric));
    return scores;
}

Lab runLab(Workbench& bench, const LabSettings& settings, Progress& progress)
{
    const Model& model = bench.model();
    requireFreshText(settings.calibration.text, settings.evaluation);
    Lab lab;
    lab.choices = settings.choices.empty() ? lowBits() : settings.choices;
    lab.metrics = rowsOf(settings.metrics, model.graph);
    evaluationExamples(model, settings.evaluation); // an error now, not after all metrics
    ProgressSpan measuring(progress, 0, kMetricsShare);
    ProgressSpan trying(progress, kMetricsShare, 1);
    const std::vector<Told> told = askMetrics(bench, lab, settings.calibration, measuring);
    lab.metrics.resize(told.size());
    const auto all = static_cast<double>(lab.choices.size());
    for (size_t choice = 0; choice < lab.choices.size(); ++choice) {
        const auto done = static_cast<double>(choice);
        ProgressSpan span(trying, done / all, (done + 1) / all);
        tryChoice(bench, choice, settings.evaluation, told, lab, span);
    }
    std::stable_sort(lab.points.begin(), lab.points.end(),
                     [](const LabPoint& a, const LabPoint& b) { return a.slot < b.slot; });
    size_t pairs = 0;
    for (const SlotChoice& choice : lab.choices)
        pairs += slotsAccepting(model, choice).size();
    lab.complete = lab.points.size() == pairs; // a stop behind the last of them stopped nothing
    lab.scores = scoresOf(lab);
    return lab;
}

} // namespace bitloom

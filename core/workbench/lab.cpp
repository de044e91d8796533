// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/lab.h"

#include "core/analyze/slot_trial.h"
#include "core/workbench/calibration.h"

#include <memory>

namespace bitloom {

namespace {

/// Part of the time that goes into measuring the metrics.
constexpr double kMetricsShare = 0.5;

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

using Metrics = std::vector<std::shared_ptr<const Sensitivity>>;

/// Fewer than asked for: stopped.
Metrics measureMetrics(Workbench& bench, const std::vector<const SensitivityRow*>& rows,
                       const CalibrationSettings& text, Progress& progress)
{
    Metrics metrics;
    const auto all = static_cast<double>(rows.size());
    for (const SensitivityRow* row : rows) {
        const auto done = static_cast<double>(metrics.size());
        ProgressSpan span(progress, done / all, (done + 1) / all);
        auto metric = bench.sensitivityBy(std::string(row->id), text, span);
        if (!metric || progress.stopRequested())
            break;
        metrics.push_back(std::move(metric));
    }
    return metrics;
}

LabPoint tried(const SlotTrials& trials, const Metrics& metrics, const Lab& lab, int slot,
               size_t choice, const EncodingSource& source)
{
    Progress untold;
    const Slot& place = source.model.graph.slots[static_cast<size_t>(slot)];
    const Matrix original = source.model.tensorOf(place).readRows(0, place.rows);
    const Matrix changed = encodeSlot(source, slot, lab.choices[choice]).decode();
    LabPoint point = {slot, choice, {}, {}};
    point.measured = trials.divergence(slot, changed.view(), untold).value();
    for (const auto& metric : metrics)
        point.predicted.push_back(metric->damage({slot, original.view(), changed.view()}, untold));
    return point;
}

std::vector<std::pair<int, size_t>> pairsOf(const Model& model,
                                            const std::vector<SlotChoice>& choices)
{
    std::vector<std::pair<int, size_t>> pairs;
    for (int slot = 0; slot < static_cast<int>(model.graph.slots.size()); ++slot)
        for (size_t choice = 0; choice < choices.size(); ++choice) {
            const Slot& place = model.graph.slots[static_cast<size_t>(slot)];
            if (place.quantizable && schemeNamed(choices[choice].scheme).accepts(place.columns))
                pairs.emplace_back(slot, choice);
        }
    return pairs;
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
    ProgressSpan measuring(progress, 0, kMetricsShare);
    ProgressSpan trying(progress, kMetricsShare, 1);
    const SlotTrials trials(bench.sharedModel(), evaluationExamples(model, settings.evaluation));
    const Metrics metrics = measureMetrics(bench, lab.metrics, settings.calibration, measuring);
    lab.metrics.resize(metrics.size());
    const auto pairs = pairsOf(model, lab.choices);
    const auto inputs = bench.inputs();
    for (const auto& [slot, choice] : pairs) {
        if (progress.stopRequested())
            break;
        lab.points.push_back(tried(trials, metrics, lab, slot, choice, {model, inputs.get()}));
        trying.report(static_cast<double>(lab.points.size()) / static_cast<double>(pairs.size()),
                      model.graph.slots[static_cast<size_t>(slot)].name);
    }
    lab.complete = lab.points.size() == pairs.size();
    lab.scores = scoresOf(lab);
    return lab;
}

} // namespace bitloom

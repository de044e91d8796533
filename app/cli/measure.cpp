// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/options.h"
#include "app/cli/terminal.h"
#include "app/cli/texts.h"
#include "app/cli/verbs.h"

#include "core/analyze/numerics/rank_correlation.h"
#include "core/workbench/prediction/background_measurer.h"
#include "core/workbench/prediction/predictions.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/settings/evaluation.h"
#include "core/workbench/workbench.h"

#include <CLI/CLI.hpp>

#include <chrono>

namespace bitloom {

namespace {

using Json = nlohmann::ordered_json;

struct MeasureOptions {
    ModelOptions model;
    RecipeOptions recipe;
    CalibrationOptions calibration;
    std::string heldOut;
    double seconds = 60;
    int64_t trials = 0;
};

void declareMeasureOptions(CLI::App& command, MeasureOptions& options)
{
    options.model.add(command);
    options.recipe.add(command);
    options.calibration.add(command, true);
    command
        .add_option("--held-out", options.heldOut,
                    "the text that the KL is measured on; not the calibration text")
        ->required();
    command.add_option("--seconds", options.seconds, "how long, at most; Ctrl-C ends it earlier")
        ->check(finiteProblem)
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    command.add_option("--trials", options.trials, "how many measurements at most; 0: any number")
        ->check(CLI::Range(int64_t{0}, kLargestOption))
        ->capture_default_str();
}

EvaluationSettings heldOutText(const MeasureOptions& options,
                               const CalibrationSettings& calibration, const Model& model)
{
    EvaluationSettings text;
    text.text = readText(options.heldOut);
    text.textName = fileName(options.heldOut);
    tellText("Held-out text", model, text.text.text(), options.heldOut);
    text.windows.context = calibration.context;
    text.windows.lines = calibration.lines;
    return text;
}

Json rangeJson(const std::optional<Prediction>& prediction)
{
    if (!prediction)
        return {};
    return {{"predicted", prediction->range.value},
            {"low", prediction->range.low},
            {"high", prediction->range.high},
            {"closed_form", prediction->closedForm}};
}

/// Until there is nothing left worth it, or no time.
Json measureMost(const MeasureOptions& options, BackgroundMeasurer& measurer, Workbench& workbench,
                 const Recipe& recipe, Progress& progress)
{
    using Clock = std::chrono::steady_clock;
    const Clock::time_point from = Clock::now();
    const auto left = [&](const Json& done) {
        const double passed = std::chrono::duration<double>(Clock::now() - from).count();
        return passed < options.seconds && !progress.stopRequested() &&
               (options.trials == 0 || std::ssize(done) < options.trials);
    };
    Json done = Json::array();
    while (left(done)) {
        const std::vector<CandidateTrial> plan = measurer.plan(recipe, {}, progress);
        if (plan.empty() || !measurer.measure(plan.front(), progress))
            break;
        done.push_back(
            {{"what", measurer.describe(plan.front())},
             {"uncertainty", plan.front().uncertainty},
             {"share", plan.front().share},
             {"after", rangeJson(workbench.predictions().prediction(recipe, progress))}});
    }
    return done;
}

/// What had been said of it, by all that was known then.
Json priorJson(const TrialPoint& point)
{
    if (!point.prior)
        return {};
    return {{"predicted", point.prior->range.value},
            {"low", point.prior->range.low},
            {"high", point.prior->range.high},
            {"hit", point.prior->holds(point.measured)}};
}

Json trialsJson(const std::vector<TrialPoint>& points, const Model& model)
{
    Json rows = Json::array();
    for (const TrialPoint& point : points) {
        const bool alone = point.changes.size() == 1;
        const SlotKey& first = point.changes.front();
        const Slot& slot = model.graph.slot(first.slot);
        rows.push_back({{"slot", alone ? Json(slot.name) : Json()},
                        {"scheme", alone ? Json(first.encoding.scheme) : Json()},
                        {"predicted", point.predicted},
                        {"measured", point.measured.value},
                        {"standard_error", point.measured.standardError},
                        {"prior", priorJson(point)}});
    }
    return rows;
}

void addScores(Json& result, const std::vector<TrialPoint>& points)
{
    std::vector<double> predicted;
    std::vector<double> measured;
    for (const TrialPoint& point : points) {
        predicted.push_back(point.predicted);
        measured.push_back(point.measured.value);
    }
    result["spearman"] = spearman(predicted, measured);
    result["r2"] = explainedShare(predicted, measured);
    const RangeCount count = countInRange(points);
    result["in_range"] = count.hits;
    result["of"] = count.predicted;
}

void printMeasurements(const Json& result)
{
    const auto number = [](const Json& value) { return value.is_null() ? 0 : value.get<double>(); };
    print("%zu measurements on %s; %s\n", result["order"].size(),
          result["held_out"].get<std::string>().c_str(),
          result["quantity"].get<std::string>().c_str());
    print("%-44s %10s %10s\n", "slot and scheme, or the whole recipe", "predicted", "measured");
    for (const Json& point : result["points"]) {
        const bool alone = !point["slot"].is_null();
        const std::string what =
            alone ? point["slot"].get<std::string>() + " " + point["scheme"].get<std::string>()
                  : "the recipe";
        const Json& prior = point["prior"];
        print("%-44s %10.4g %10.4g ± %.2g%s\n", what.c_str(), number(point["predicted"]),
              number(point["measured"]), number(point["standard_error"]),
              prior.is_null() || prior["hit"].get<bool>() ? "" : "  outside its range");
    }
    print("in range: %s of %s\n", result["in_range"].dump().c_str(), result["of"].dump().c_str());
    print("rank correlation %.4f, R² of the logarithms %.4f\n", number(result["spearman"]),
          number(result["r2"]));
    for (const char* when : {"before", "after"})
        if (!result[when].is_null())
            print("%s: predicted %.4g, likely %.4g to %.4g\n", when,
                  number(result[when]["predicted"]), number(result[when]["low"]),
                  number(result[when]["high"]));
}

void runMeasure(const MeasureOptions& options)
{
    const auto workbench = options.model.open();
    const Recipe recipe =
        options.recipe.read(workbench->model(), defaultTarget(workbench->model()).id);
    const CalibrationSettings calibration = options.calibration.read(workbench->model());
    const EvaluationSettings text = heldOutText(options, calibration, workbench->model());
    Json result = {{"text", calibration.textName},
                   {"held_out", text.textName},
                   {"quantity", quantityTitle(workbench->model().graph.output)}};
    std::vector<TrialPoint> points;
    {
        TerminalProgress progress(options.model.progress);
        measureForPredictions(*workbench, calibration, {recipe}, "measure", progress);
        BackgroundMeasurer measurer(predictionsOf(workbench), text);
        result["before"] = rangeJson(workbench->predictions().prediction(recipe, progress));
        result["order"] = measureMost(options, measurer, *workbench, recipe, progress);
        Progress silent; // what is done counts
        result["after"] = rangeJson(workbench->predictions().prediction(recipe, silent));
        points = workbench->predictions().trialPoints(silent);
    }
    result["points"] = trialsJson(points, workbench->model());
    addScores(result, points);
    if (options.model.json)
        printJson(result);
    else
        printMeasurements(result);
}

Action declareMeasure(CLI::App& command)
{
    const auto options = std::make_shared<MeasureOptions>();
    declareMeasureOptions(command, *options);
    return [options] { runMeasure(*options); };
}

} // namespace

Verb measureVerb()
{
    return {"measure", "what the layers of a recipe really cost, the most uncertain first",
            "text, held_out, quantity, before and after {predicted, low, high (nine of ten "
            "measured values lie between them), closed_form (nothing learnt)}, order [{what, "
            "uncertainty, share, after}], points [{slot and scheme (null: the whole recipe), "
            "predicted, measured, standard_error}], spearman, r2 (share of the variance of "
            "ln(measured) that ln(predicted) explains)",
            &declareMeasure};
}

} // namespace bitloom

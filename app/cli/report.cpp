// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/report/report.h"

#include "app/cli/options.h"
#include "app/cli/output_options.h"
#include "app/cli/terminal.h"
#include "app/cli/texts.h"
#include "app/cli/verbs.h"

#include "core/base/error.h"
#include "core/workbench/evaluation/evaluations.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/workbench.h"

#include <CLI/CLI.hpp>

namespace bitloom {

namespace {

struct ReportOptions {
    ModelOptions model;
    RecipeOptions recipe;
    CalibrationOptions calibration;
    std::string evaluation;
    OutputOptions output;
};

void declareReportOptions(CLI::App& command, ReportOptions& options)
{
    options.model.add(command);
    options.model.addEngine(command);
    options.recipe.add(command);
    options.calibration.add(command, false);
    command.add_option("--evaluation", options.evaluation,
                       "text to evaluate the recipe on; otherwise nothing is evaluated");
    options.output.add(command, "the HTML file to write")->required();
}

void evaluateFor(ReportSettings& settings, Workbench& workbench, const Recipe& recipe,
                 const ReportOptions& options, Progress& progress)
{
    EvaluationSettings evaluation;
    evaluation.text = readText(options.evaluation);
    evaluation.textName = fileName(options.evaluation);
    settings.warnings.push_back(
        tellText("Evaluation text", workbench.model(), evaluation.text.text(), options.evaluation));
    if (!workbench.model().graph.readsWholeTexts())
        evaluation.windows.context = windowOf(workbench.model(), 0, kUsualWindow);
    evaluation.engine = options.model.engine;
    evaluation.cacheBytes = 0; // nobody asks twice
    EngineUse used;
    settings.evaluation = workbench.evaluations().evaluate(recipe, evaluation, progress, used);
    settings.engine = used.description;
    settings.evaluationName = evaluation.textName;
    settings.windows = examplesOf(workbench.model().graph, evaluation.windows.context);
    printNotice(used.notice);
    endIfInterrupted("report");
}

void runReport(const ReportOptions& options)
{
    const auto workbench = options.model.open();
    options.output.check();
    const Recipe recipe = options.recipe.read(workbench->model(), "safetensors");
    ReportSettings settings;
    {
        TerminalProgress progress(options.model.progress);
        ProgressSpan measuring(progress, 0, 0.4);
        ProgressSpan evaluating(progress, 0.4, 0.8);
        ProgressSpan writing(progress, 0.8, 1);
        if (!options.calibration.path.empty()) {
            const CalibrationSettings calibration =
                options.calibration.read(workbench->model(), &settings.warnings.emplace_back());
            settings.calibrationName = calibration.textName;
            workbench->calibration().measureSensitivity(calibration, measuring);
            endIfInterrupted("report");
        }
        if (!options.evaluation.empty())
            evaluateFor(settings, *workbench, recipe, options, evaluating);
        if (!workbench->reports().writeReport(recipe, settings, options.output.file(), writing))
            endIfInterrupted("report");
    }
    if (options.model.json)
        printJson({{"path", options.output.path}});
    else
        print("Wrote %s\n", options.output.path.c_str());
}

Action declareReport(CLI::App& command)
{
    const auto options = std::make_shared<ReportOptions>();
    declareReportOptions(command, *options);
    return [options] { runReport(*options); };
}

} // namespace

Verb reportVerb()
{
    return {"report", "writes all that is known of a recipe as one HTML file", "path",
            &declareReport};
}

} // namespace bitloom

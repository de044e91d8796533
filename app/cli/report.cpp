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
                       "text to judge the recipe on; otherwise nothing is judged");
    options.output.add(command, "the HTML file to write")->required();
}

void judgeFor(ReportSettings& settings, Workbench& bench, const Recipe& recipe,
              const ReportOptions& options, Progress& progress)
{
    JudgeSettings judge;
    judge.text = readText(options.evaluation);
    judge.textName = fileName(options.evaluation);
    settings.warnings.push_back(
        tellText("Evaluation text", bench.model(), judge.text.text(), options.evaluation));
    if (!bench.model().graph.readsWholeTexts())
        judge.windows.context = windowOf(bench.model(), 0, kUsualWindow);
    judge.engine = options.model.engine;
    judge.keptBytes = 0; // nobody asks twice
    EngineUse used;
    settings.quality = bench.evaluations().judge(recipe, judge, progress, used);
    settings.engine = used.description;
    settings.evaluationName = judge.textName;
    settings.windows = examplesOf(bench.model().graph, judge.windows.context);
    printNotice(used.notice);
    endIfInterrupted("report");
}

void runReport(const ReportOptions& options)
{
    const auto bench = options.model.open();
    options.output.check();
    const Recipe recipe = options.recipe.read(bench->model(), "safetensors");
    ReportSettings settings;
    {
        TerminalProgress progress(options.model.progress);
        ProgressSpan measuring(progress, 0, 0.4);
        ProgressSpan judging(progress, 0.4, 0.8);
        ProgressSpan writing(progress, 0.8, 1);
        if (!options.calibration.path.empty()) {
            const CalibrationSettings calibration =
                options.calibration.read(bench->model(), &settings.warnings.emplace_back());
            settings.calibrationName = calibration.textName;
            bench->calibration().measureSensitivity(calibration, measuring);
            endIfInterrupted("report");
        }
        if (!options.evaluation.empty())
            judgeFor(settings, *bench, recipe, options, judging);
        if (!bench->reports().writeReport(recipe, settings, options.output.file(), writing))
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

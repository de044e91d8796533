// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/options.h"
#include "app/cli/terminal.h"
#include "app/cli/texts.h"
#include "app/cli/verbs.h"

#include "core/workbench/lab/lab.h"
#include "core/workbench/lab/laboratory.h"
#include "core/workbench/settings/evaluation.h"
#include "core/workbench/workbench.h"

#include <CLI/CLI.hpp>
#include <algorithm>

namespace bitloom {

namespace {

using Json = nlohmann::ordered_json;

struct LabOptions {
    ModelOptions model;
    CalibrationOptions calibration;
    LabSettings settings;
    std::string evaluation;
    std::string schemes;
    std::vector<std::string> activationSchemes;
};

void declareLabOptions(CLI::App& command, LabOptions& options)
{
    options.model.add(command);
    options.calibration.add(command, true);
    command
        .add_option("--evaluation", options.evaluation,
                    "the text that the KL is measured on; not the calibration text")
        ->required();
    command
        .add_option("--evaluation-windows", options.settings.evaluation.windows.windows,
                    "how many windows of it at most; 0: all")
        ->check(CLI::Range(int64_t{0}, kLargestOption));
    std::vector<std::string> ids;
    for (const SensitivityRow& row : sensitivities())
        ids.emplace_back(row.id);
    for (const ActivationMetric& row : activationMetrics())
        if (std::ranges::find(ids, row.id) == ids.end())
            ids.emplace_back(row.id);
    std::vector<std::string> schemes;
    for (const ActivationScheme& scheme : activationSchemes())
        schemes.emplace_back(scheme.id);
    std::string usual;
    for (const ActivationScheme* scheme : usualActivationSchemes())
        usual.append(usual.empty() ? "" : ",").append(scheme->id);
    command
        .add_option("--metric", options.settings.metrics, "only these, with commas between them")
        ->delimiter(',')
        ->check(CLI::IsMember(ids));
    auto* tried = command.add_option(
        "--schemes", options.schemes,
        "tried on every slot, method nearest; otherwise integers of 2, 3 and 4 bits");
    command
        .add_option("--activation-scheme", options.activationSchemes,
                    "these activation schemes tried on every value instead, with commas between "
                    "them; usual: " +
                        usual)
        ->delimiter(',')
        ->check(CLI::IsMember(schemes))
        ->excludes(tried);
}

LabSettings settingsOf(const LabOptions& options, const Model& model)
{
    LabSettings settings = options.settings;
    settings.calibration = options.calibration.read(model);
    settings.evaluation.text = readText(options.evaluation);
    settings.evaluation.textName = fileName(options.evaluation);
    tellText("Evaluation text", model, settings.evaluation.text.text(), options.evaluation);
    settings.evaluation.windows.context = settings.calibration.context;
    settings.evaluation.windows.lines = settings.calibration.lines;
    for (const std::string& scheme : options.activationSchemes)
        settings.activationSchemes.push_back(&activationSchemeNamed(scheme));
    for (const std::string& scheme : schemeList(options.schemes)) {
        settings.choices.emplace_back();
        settings.choices.back().scheme = scheme;
        settings.choices.back().method = "nearest";
    }
    return settings;
}

Json scoresJson(const Lab& lab)
{
    Json scores = Json::array();
    for (size_t i = 0; i < lab.metrics.size(); ++i) {
        const LabScore& score = lab.scores[i];
        Json row = {{"metric", lab.metrics[i].id}, {"spearman", score.spearman}};
        for (size_t choice = 0; choice < lab.schemes.size(); ++choice)
            row["within"][lab.schemes[choice]] = score.within[choice];
        row["ln_ratio"] = lab.metrics[i].predicts ? Json(score.ratio.mean) : Json();
        row["ln_ratio_deviation"] = score.ratio.deviation;
        scores.push_back(std::move(row));
    }
    return scores;
}

Json labPointsJson(const Lab& lab, const Model& model)
{
    Json points = Json::array();
    for (const LabPoint& point : lab.points) {
        const auto index = static_cast<size_t>(point.index);
        Json row = {lab.ofValues
                        ? Json::object_t::value_type("value", model.graph.values[index].name)
                        : Json::object_t::value_type("slot", model.graph.slots[index].name),
                    {"scheme", lab.schemes[point.choice]},
                    {"measured", point.measured.value},
                    {"standard_error", point.measured.standardError}};
        for (size_t i = 0; i < lab.metrics.size(); ++i)
            row["predicted"][std::string(lab.metrics[i].id)] = point.predicted[i];
        points.push_back(std::move(row));
    }
    return points;
}

void printScores(const Lab& lab, const Json& result)
{
    print("%zu measurements of one %s alone: %s; measured on %s, %s points\n", lab.points.size(),
          lab.ofValues ? "value" : "slot", result["quantity"].get<std::string>().c_str(),
          result["evaluation"].get<std::string>().c_str(), lab.complete ? "all" : "not all");
    print("%-24s %9s", "rank correlation", "all");
    for (const std::string& scheme : lab.schemes)
        print(" %15s", scheme.c_str());
    print("  %s\n", "ln(predicted / measured)");
    for (size_t i = 0; i < lab.metrics.size(); ++i) {
        const LabScore& score = lab.scores[i];
        print("%-24s %9.4f", std::string(lab.metrics[i].id).c_str(), score.spearman);
        for (const double within : score.within)
            print(" %15.4f", within);
        if (lab.metrics[i].predicts)
            print("  %+.3f ± %.3f\n", score.ratio.mean, score.ratio.deviation);
        else
            print("  no common scale; ± %.3f\n", score.ratio.deviation);
    }
}

void runLabVerb(const LabOptions& options)
{
    const auto workbench = options.model.open();
    const LabSettings settings = settingsOf(options, workbench->model());
    Lab lab;
    {
        TerminalProgress progress(options.model.progress);
        lab = runLab(workbench->laboratory(), settings, progress);
    }
    Json result = {{"text", settings.calibration.textName},
                   {"windows", settings.calibration.windows},
                   {"context", settings.calibration.context},
                   {"seed", settings.calibration.seed},
                   {"evaluation", settings.evaluation.textName},
                   {"quantity", quantityTitle(workbench->model().graph.output)},
                   {"complete", lab.complete}};
    result["scores"] = scoresJson(lab);
    result["points"] = labPointsJson(lab, workbench->model());
    if (options.model.json)
        printJson(result);
    else
        printScores(lab, result);
    endIfInterrupted("lab");
}

Action declareLab(CLI::App& command)
{
    const auto options = std::make_shared<LabOptions>();
    declareLabOptions(command, *options);
    return [options] { runLabVerb(*options); };
}

} // namespace

Verb labVerb()
{
    return {
        "lab",
        "every sensitivity beside what is measured with one slot changed, or one value quantized",
        "text, windows, context, seed, evaluation, quantity, complete, scores [{metric, spearman, "
        "within {scheme: spearman}, ln_ratio (mean of ln(predicted / measured); null: it has no "
        "scale), ln_ratio_deviation}], points [{slot (with --activation-scheme value), scheme, "
        "measured, standard_error, predicted {metric: number}}]",
        &declareLab};
}

} // namespace bitloom

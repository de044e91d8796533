// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/curvature.h"
#include "app/cli/options.h"
#include "app/cli/terminal.h"
#include "app/cli/verbs.h"

#include "core/workbench/prediction/sensitivities.h"
#include "core/workbench/prediction/slot_errors.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/settings/evaluation.h"
#include "core/workbench/workbench.h"

#include <CLI/CLI.hpp>

namespace bitloom {

namespace {

using Json = nlohmann::ordered_json;

struct SensitivityOptions {
    ModelOptions model;
    CalibrationOptions calibration;
    CurvatureOptions curvature;
    std::string metric;
    std::string activationScheme;
};

Json damagesJson(Workbench& workbench, Progress& progress)
{
    Json slots = Json::array();
    const auto& all = workbench.model().graph.slots;
    for (size_t i = 0; i < all.size() && !progress.stopRequested(); ++i) {
        if (all[i].quantizable)
            slots.push_back(
                {{"name", all[i].name},
                 {"damage", workbench.slotErrors().sensitivity(static_cast<int>(i), progress)}});
    }
    return slots;
}

/// What quantizing each activation alone is expected to cost.
Json activationsJson(const Fisher& fisher, const Graph& graph, const ActivationScheme& scheme)
{
    Json values = Json::array();
    for (size_t i = 0; i < graph.values.size(); ++i)
        if (const auto damage = fisher.activations.of(static_cast<int>(i), scheme))
            values.push_back({{"name", graph.values[i].name}, {"damage", *damage}});
    return values;
}

Json measure(const SensitivityOptions& options)
{
    const auto workbench = options.model.open();
    const CalibrationSettings settings = options.calibration.read(workbench->model());
    TerminalProgress progress(options.model.progress);
    const Fisher fisher = workbench->calibration().measureSensitivity(settings, progress);
    endIfInterrupted("sensitivity");
    Json result = {{"text", settings.textName},
                   {"context", fisher.context},
                   {"windows", fisher.windows},
                   {"predictions", fisher.predictions},
                   {"seed", fisher.seed},
                   {"examples",
                    examplesOf(workbench->model().graph,
                               settings.lines ? settings.context : fisher.context, settings.lines)},
                   {"reference", options.activationScheme.empty() ? "int4-g32-sym:nearest"
                                                                  : options.activationScheme},
                   {"quantity", quantityTitle(workbench->model().graph.output)},
                   {"total", 0.0}};
    Json& damages = result[options.activationScheme.empty() ? "slots" : "values"];
    damages = options.activationScheme.empty()
                  ? damagesJson(*workbench, progress)
                  : activationsJson(fisher, workbench->model().graph,
                                    activationSchemeNamed(options.activationScheme));
    endIfInterrupted("sensitivity");
    for (const Json& one : damages)
        result["total"] = result["total"].get<double>() + one["damage"].get<double>();
    return result;
}

/// By a row of sensitivities().
Json measureMetric(const SensitivityOptions& options)
{
    const auto workbench = options.model.open();
    const CalibrationSettings settings = options.calibration.read(workbench->model());
    const SensitivityRow& row = sensitivityNamed(options.metric);
    TerminalProgress progress(options.model.progress);
    const auto damages = workbench->sensitivities().damagesBy(options.metric, settings, progress);
    endIfInterrupted("sensitivity");
    const Graph& graph = workbench->model().graph;
    Json result = {{"text", settings.textName},
                   {"context", settings.context},
                   {"windows", settings.windows},
                   {"seed", settings.seed},
                   {"metric", row.id},
                   {"reference", "int4-g32-sym:nearest"},
                   {"quantity", row.predicts ? Json(quantityTitle(graph.output)) : Json()},
                   {"total", 0.0},
                   {"slots", Json::array()}};
    for (const SlotDamage& found : damages) {
        result["slots"].push_back(
            {{"name", graph.slot(found.slot).name}, {"damage", found.damage}});
        result["total"] = result["total"].get<double>() + found.damage;
    }
    return result;
}

void printMetricTitle(const Json& result)
{
    const SensitivityRow& row = sensitivityNamed(result["metric"].get<std::string>());
    print("Damage of 4 bits (%s) by %s, %s: %s; %s\n",
          result["reference"].get<std::string>().c_str(), std::string(row.title).c_str(),
          std::string(row.source).c_str(),
          row.predicts ? result["quantity"].get<std::string>().c_str() : "no unit",
          result["text"].get<std::string>().c_str());
}

void printTitle(const Json& result)
{
    print("Damage of %s (%s): %s; %s, %s %s\n",
          result.contains("values") ? "activation quantization" : "4 bits",
          result["reference"].get<std::string>().c_str(),
          result["quantity"].get<std::string>().c_str(), result["text"].get<std::string>().c_str(),
          result["windows"].dump().c_str(), result["examples"].get<std::string>().c_str());
}

void printSensitivities(const Json& result)
{
    result.contains("metric") ? printMetricTitle(result) : printTitle(result);
    for (const Json& slot : result[result.contains("values") ? "values" : "slots"])
        print("%-40s %12.4g\n", slot["name"].get<std::string>().c_str(),
              slot["damage"].get<double>());
    print("%-40s %12.4g\n", "total", result["total"].get<double>());
}

Action declareSensitivity(CLI::App& command)
{
    const auto options = std::make_shared<SensitivityOptions>();
    options->model.add(command);
    options->calibration.add(command, true);
    options->curvature.add(command);
    std::vector<std::string> ids;
    for (const SensitivityRow& row : sensitivities())
        ids.emplace_back(row.id);
    command.add_option("--metric", options->metric, "by another metric of what a change costs")
        ->check(CLI::IsMember(ids))
        ->excludes("--curvature")
        ->excludes("--density");
    std::vector<std::string> schemeIds;
    for (const ActivationScheme& scheme : activationSchemes())
        schemeIds.emplace_back(scheme.id);
    command
        .add_option("--activation-scheme", options->activationScheme,
                    "what quantizing each value by this activation scheme would cost, rather than "
                    "4-bit weights")
        ->check(CLI::IsMember(schemeIds))
        ->excludes("--metric")
        ->excludes("--curvature")
        ->excludes("--density");
    return [options] {
        if (options->curvature.given())
            return runCurvature(options->model, options->calibration, options->curvature);
        const Json result = options->metric.empty() ? measure(*options) : measureMetric(*options);
        if (options->model.json)
            printJson(result);
        else
            printSensitivities(result);
    };
}

} // namespace

Verb sensitivityVerb()
{
    return {
        "sensitivity", "what four bits would cost each slot",
        "text, context, windows, predictions, seed, examples, reference, quantity, total, "
        "slots [{name, damage}]; with --activation-scheme values instead of slots. With --metric: "
        "text, context, windows, seed, metric, reference, quantity (null: the metric has no "
        "unit), total, slots [{name, damage}]. With --curvature: text, context, windows, "
        "seed, loss, measure, reference, quantity, total, slots [{name, curvature, "
        "uncertainty, products, converged, damage}]. With --density: text, context, "
        "windows, seed, loss, slot, steps, starts [{eigenvalues, weights}], eigenvalues, "
        "density",
        &declareSensitivity};
}

} // namespace bitloom

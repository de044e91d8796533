// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/curvature.h"
#include "app/cli/options.h"
#include "app/cli/terminal.h"
#include "app/cli/verbs.h"

#include "core/workbench/quality.h"

#include <CLI/CLI.hpp>

namespace bitloom {

namespace {

using Json = nlohmann::ordered_json;

struct SensitivityOptions {
    ModelOptions model;
    CalibrationOptions calibration;
    CurvatureOptions curvature;
};

Json damagesJson(Workbench& bench, Progress& progress)
{
    Json slots = Json::array();
    const auto& all = bench.model().graph.slots;
    for (size_t i = 0; i < all.size() && !progress.stopRequested(); ++i) {
        if (all[i].quantizable)
            slots.push_back({{"name", all[i].name},
                             {"damage", bench.sensitivity(static_cast<int>(i), progress)}});
    }
    return slots;
}

Json measure(const SensitivityOptions& options)
{
    const auto bench = options.model.open();
    const CalibrationSettings settings = options.calibration.read();
    TerminalProgress progress(options.model.progress);
    const Fisher fisher = bench->measureSensitivity(settings, progress);
    endIfInterrupted("sensitivity");
    Json result = {{"text", settings.textName},
                   {"context", fisher.context},
                   {"windows", fisher.windows},
                   {"predictions", fisher.predictions},
                   {"seed", fisher.seed},
                   {"examples",
                    examplesOf(bench->model().graph,
                               settings.lines ? settings.context : fisher.context, settings.lines)},
                   {"reference", "int4-g32-sym:nearest"},
                   {"quantity", quantityTitle(bench->model().graph.output)},
                   {"total", 0.0},
                   {"slots", damagesJson(*bench, progress)}};
    endIfInterrupted("sensitivity");
    for (const Json& slot : result["slots"])
        result["total"] = result["total"].get<double>() + slot["damage"].get<double>();
    return result;
}

void printTable(const Json& result)
{
    print("Damage of 4 bits (%s): %s; %s, %s %s\n", result["reference"].get<std::string>().c_str(),
          result["quantity"].get<std::string>().c_str(), result["text"].get<std::string>().c_str(),
          result["windows"].dump().c_str(), result["examples"].get<std::string>().c_str());
    for (const Json& slot : result["slots"])
        print("%-40s %12.4g\n", slot["name"].get<std::string>().c_str(),
              slot["damage"].get<double>());
    print("%-40s %12.4g\n", "total", result["total"].get<double>());
}

} // namespace

Action declareSensitivity(CLI::App& command)
{
    const auto options = std::make_shared<SensitivityOptions>();
    options->model.add(command);
    options->calibration.add(command, true);
    options->curvature.add(command);
    return [options] {
        if (options->curvature.given())
            return runCurvature(options->model, options->calibration, options->curvature);
        const Json result = measure(*options);
        if (options->model.json)
            printJson(result);
        else
            printTable(result);
    };
}

} // namespace bitloom

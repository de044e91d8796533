// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/options.h"
#include "app/cli/terminal.h"
#include "app/cli/verbs.h"

#include <CLI/CLI.hpp>

namespace bitloom {

namespace {

using Json = nlohmann::ordered_json;

struct StatsOptions {
    ModelOptions model;
    CalibrationOptions calibration;
};

Json distributionJson(const std::string& name, const Moments& moments, const Histogram& histogram)
{
    const double count = static_cast<double>(std::max<uint64_t>(1, moments.count));
    return {{"name", name},
            {"count", moments.count},
            {"minimum", moments.minimum},
            {"maximum", moments.maximum},
            {"mean", moments.mean},
            {"standard_deviation", moments.standardDeviation()},
            {"kurtosis", moments.kurtosis()},
            {"zero_share", static_cast<double>(moments.zeros) / count},
            {"histogram",
             {{"low", histogram.low}, {"high", histogram.high}, {"counts", histogram.counts}}}};
}

Json weightsJson(Workbench& bench, Progress& progress)
{
    Json slots = Json::array();
    const auto& all = bench.model().graph.slots;
    for (size_t i = 0; i < all.size() && !progress.stopRequested(); ++i) {
        const double count = static_cast<double>(all.size());
        ProgressSpan span(progress, static_cast<double>(i) / count,
                          static_cast<double>(i + 1) / count);
        const SlotStatistics statistics = bench.statistics(static_cast<int>(i), span);
        if (!statistics.complete)
            break;
        slots.push_back(distributionJson(all[i].name, statistics.moments, statistics.histogram));
        slots.back()["outlier_share"] = statistics.outlierShare;
    }
    return slots;
}

void addActivations(Json& result, Workbench& bench, const CalibrationSettings& settings,
                    Progress& progress)
{
    result["text"] = settings.textName;
    result["context"] = settings.context;
    result["windows"] = settings.windows;
    result["activations"] = Json::array();
    for (const ValueStatistics& value : bench.activations(settings, progress))
        result["activations"].push_back(
            distributionJson(value.name, value.moments, value.histogram));
}

void printTable(const char* title, const Json& rows)
{
    print("%-40s %12s %12s %12s %12s %9s %8s %9s\n", title, "minimum", "maximum", "mean", "std",
          "kurtosis", "zeros", "outliers");
    for (const Json& row : rows)
        print("%-40s %12.5g %12.5g %12.5g %12.5g %9.3g %8.2g %9.2g\n",
              row["name"].get<std::string>().c_str(), row["minimum"].get<double>(),
              row["maximum"].get<double>(), row["mean"].get<double>(),
              row["standard_deviation"].get<double>(), row["kurtosis"].get<double>(),
              row["zero_share"].get<double>(), row.value("outlier_share", 0.0));
}

void runStats(const StatsOptions& options)
{
    const auto bench = options.model.open();
    Json result;
    {
        TerminalProgress progress(options.model.progress);
        result["slots"] = weightsJson(*bench, progress);
        if (!options.calibration.path.empty() && !progress.stopRequested())
            addActivations(result, *bench, options.calibration.read(), progress);
    }
    if (options.model.json) {
        printJson(result);
    } else {
        printTable("slot", result["slots"]);
        if (result.contains("activations"))
            printTable("input of a linear", result["activations"]);
    }
    endIfInterrupted("stats");
}

} // namespace

Action declareStats(CLI::App& command)
{
    const auto options = std::make_shared<StatsOptions>();
    options->model.add(command);
    options->calibration.add(command, false);
    return [options] { runStats(*options); };
}

} // namespace bitloom

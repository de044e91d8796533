// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/fit_measurement.h"

#include "app/cli/options.h"
#include "app/cli/terminal.h"
#include "app/cli/texts.h"

#include <CLI/CLI.hpp>

namespace bitloom {

namespace {

using Json = nlohmann::ordered_json;

Json estimateJson(const Estimate& estimate)
{
    return {{"value", estimate.value}, {"standard_error", estimate.standardError}};
}

} // namespace

void FitMeasurementOptions::add(CLI::App& command)
{
    CLI::Option* text = command.add_option(
        "--measure", path,
        "measure recipes near the predicted best on this text, which the calibration never saw, "
        "and take one that is surely better; Ctrl-C keeps the best so far");
    command
        .add_option_function<double>(
            "--minutes", [this](double minutes) { settings.seconds = 60 * minutes; },
            "how long, at most")
        ->check(finiteProblem)
        ->check(CLI::PositiveNumber)
        ->default_str("5")
        ->needs(text);
    command
        .add_option("--measure-windows", settings.text.windows.windows,
                    "how many windows of it at most; 0: all")
        ->check(CLI::Range(int64_t{0}, kLargestOption))
        ->default_val(256)
        ->needs(text);
}

std::optional<FitMeasurement> FitMeasurementOptions::read(const CalibrationSettings& calibration,
                                                          const Model& model) const
{
    if (path.empty())
        return std::nullopt;
    FitMeasurement measurement = settings;
    measurement.text.text = readText(path);
    measurement.text.textName = fileName(path);
    tellText("Text to measure on", model, measurement.text.text.text(), path);
    measurement.text.windows.context = calibration.context;
    measurement.text.windows.lines = calibration.lines;
    measurement.seed = calibration.seed;
    return measurement;
}

nlohmann::ordered_json FitMeasurementOptions::json(const MeasuredFit& measured) const
{
    Json tried = Json::array();
    for (const MeasuredFit::Tried& recipe : measured.tried)
        tried.push_back({{"bytes", recipe.fileBytes},
                         {"predicted", recipe.predicted},
                         {"measured", estimateJson(recipe.measured)}});
    return {{"text", fileName(path)},
            {"predicted_best", estimateJson(measured.predictedBest)},
            {"found", estimateJson(measured.found)},
            {"saved", estimateJson(measured.saved)},
            {"better", measured.isBetter},
            {"complete", measured.complete},
            {"tried", std::move(tried)}};
}

void printMeasured(const Json& measured, const std::string& quantity)
{
    const auto value = [&](const char* key) { return measured[key]["value"].get<double>(); };
    print("%zu recipes measured on %s%s: ", measured["tried"].size(),
          measured["text"].get<std::string>().c_str(),
          measured["complete"].get<bool>() ? "" : " (there was more to try)");
    if (measured["better"].get<bool>())
        print("%s of the best %.4g, of the predicted best %.4g, less by %.2g ± %.2g\n",
              quantity.c_str(), value("found"), value("predicted_best"), value("saved"),
              measured["saved"]["standard_error"].get<double>());
    else
        print("not distinguishable from the predicted best, which was kept (%s %.4g)\n",
              quantity.c_str(), value("predicted_best"));
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/options.h"
#include "app/cli/terminal.h"
#include "app/cli/verbs.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/statistics/model_statistics.h"
#include "core/workbench/workbench.h"

#include <CLI/CLI.hpp>

namespace bitloom {

namespace {

using Json = nlohmann::ordered_json;

struct StatsOptions {
    ModelOptions model;
    RecipeOptions recipe;
    CalibrationOptions calibration;
};

Json distributionJson(const std::string& name, const Moments& moments, const Histogram& histogram)
{
    const double count = static_cast<double>(std::max<uint64_t>(1, moments.count));
    return {{"name", name},
            {"count", moments.count},
            {"nan", moments.nans},
            {"infinite", moments.infinities},
            {"minimum", moments.minimum},
            {"maximum", moments.maximum},
            {"mean", moments.mean},
            {"standard_deviation", moments.standardDeviation()},
            {"kurtosis", moments.kurtosis()},
            {"zero_share", static_cast<double>(moments.zeros) / count},
            {"histogram",
             {{"low", histogram.low}, {"high", histogram.high}, {"counts", histogram.counts}}}};
}

Json weightsJson(Workbench& workbench, Progress& progress)
{
    Json slots = Json::array();
    const auto& all = workbench.model().graph.slots;
    for (size_t i = 0; i < all.size() && !progress.stopRequested(); ++i) {
        if (!workbench.model().canRead(static_cast<int>(i)))
            continue;
        const double count = static_cast<double>(all.size());
        ProgressSpan span(progress, static_cast<double>(i) / count,
                          static_cast<double>(i + 1) / count);
        const SlotStatistics statistics =
            workbench.statistics().statistics(static_cast<int>(i), span);
        if (!statistics.complete)
            break;
        slots.push_back(distributionJson(all[i].name, statistics.moments, statistics.histogram));
        slots.back()["outlier_share"] = statistics.outlierShare;
    }
    return slots;
}

/// Tensors of which there are no statistics, since they cannot be read or are empty.
Json unreadable(const Model& model)
{
    Json names = Json::array();
    for (size_t i = 0; i < model.graph.slots.size(); ++i)
        if (const Slot& slot = model.graph.slots[i]; !model.canRead(static_cast<int>(i)))
            names.push_back({{"name", slot.name}, {"type", model.storedOf(slot).type}});
    return names;
}

void printUnreadable(const Json& names)
{
    for (const Json& entry : names)
        print("%-40s holds no numbers that can be read (%s)\n",
              entry["name"].get<std::string>().c_str(), entry["type"].get<std::string>().c_str());
}

void addActivations(Json& result, Workbench& workbench, const CalibrationSettings& settings,
                    Progress& progress)
{
    result["text"] = settings.textName;
    result["context"] = settings.context;
    result["windows"] = settings.windows;
    result["activations"] = Json::array();
    for (const ValueStatistics& value : workbench.statistics().activations(settings, progress))
        result["activations"].push_back(
            distributionJson(value.name, value.moments, value.histogram));
}

Json normsJson(const Model& model, const Recurrence& recurrence)
{
    Json matrices = Json::array();
    for (const HiddenMatrix& matrix : recurrence.matrices) {
        const Slot& slot = model.graph.slot(matrix.slot);
        matrices.push_back(
            {{"name", slot.name}, {"role", roleName(slot.role)}, {"spectral_norm", matrix.norm}});
        if (matrix.quantizedNorm)
            matrices.back()["spectral_norm_quantized"] = *matrix.quantizedNorm;
    }
    return matrices;
}

/// Where a network has recurrent states: the norms and drifts of Recurrence.
void addRecurrence(Json& result, Workbench& workbench, const StatsOptions& options,
                   const CalibrationSettings& text, Progress& progress)
{
    const Model& model = workbench.model();
    const std::optional<Recipe> recipe = options.recipe.readIfGiven(model, "safetensors");
    if (recipe && recipe->needsCalibration() && !text.text.empty())
        workbench.calibration().measureInputs(text, progress);
    const Recurrence recurrence = workbench.statistics().recurrence(recipe, text, progress);
    if (recurrence.matrices.empty())
        return;
    result["recurrence"] = {{"matrices", normsJson(model, recurrence)}};
    if (recurrence.drifts.empty())
        return;
    Json& errors = result["recurrence"]["hidden_error"] = Json::array();
    for (const HiddenDrift& drift : recurrence.drifts)
        errors.push_back(
            {{"value", model.graph.value(drift.value).name}, {"relative_by_step", drift.byStep}});
    result["recurrence"]["windows"] = recurrence.windows;
}

void printRecurrence(const Json& recurrence)
{
    print("%-40s %12s %12s\n", "hidden matrix", "norm", "quantized");
    for (const Json& matrix : recurrence["matrices"])
        print("%-40s %12.5g %12s\n", matrix["name"].get<std::string>().c_str(),
              matrix["spectral_norm"].get<double>(),
              matrix.contains("spectral_norm_quantized")
                  ? std::to_string(matrix["spectral_norm_quantized"].get<double>()).c_str()
                  : "");
    for (const Json& drift : recurrence.value("hidden_error", Json::array())) {
        const auto steps = drift["relative_by_step"].get<std::vector<double>>();
        print("%-40s %12.5g %12.5g\n", (drift["value"].get<std::string>() + ", error").c_str(),
              steps.front(), steps.back());
    }
}

/// "  2 nan, 1 infinite" of a row that has some.
std::string notFiniteNote(const Json& row)
{
    std::string note;
    for (const char* kind : {"nan", "infinite"})
        if (const auto count = row[kind].get<uint64_t>(); count > 0)
            note += (note.empty() ? "  " : ", ") + std::to_string(count) + " " + kind;
    return note;
}

void printStatistics(const char* title, const Json& rows)
{
    print("%-40s %12s %12s %12s %12s %9s %8s %9s\n", title, "minimum", "maximum", "mean", "std",
          "kurtosis", "zeros", "outliers");
    for (const Json& row : rows)
        print("%-40s %12.5g %12.5g %12.5g %12.5g %9.3g %8.2g %9.2g%s\n",
              row["name"].get<std::string>().c_str(), row["minimum"].get<double>(),
              row["maximum"].get<double>(), row["mean"].get<double>(),
              row["standard_deviation"].get<double>(), row["kurtosis"].get<double>(),
              row["zero_share"].get<double>(), row.value("outlier_share", 0.0),
              notFiniteNote(row).c_str());
}

void runStats(const StatsOptions& options)
{
    const auto workbench = options.model.open();
    const bool hasText = !options.calibration.path.empty();
    const CalibrationSettings text =
        hasText ? options.calibration.read(workbench->model()) : options.calibration.settings;
    Json result;
    {
        TerminalProgress progress(options.model.progress);
        result["slots"] = weightsJson(*workbench, progress);
        result["unreadable"] = unreadable(workbench->model());
        if (hasText && !progress.stopRequested())
            addActivations(result, *workbench, text, progress);
        if (!progress.stopRequested())
            addRecurrence(result, *workbench, options, text, progress);
    }
    if (options.model.json) {
        printJson(result);
    } else {
        printStatistics("slot", result["slots"]);
        printUnreadable(result["unreadable"]);
        if (result.contains("activations"))
            printStatistics("input of a linear", result["activations"]);
        if (result.contains("recurrence"))
            printRecurrence(result["recurrence"]);
    }
    endIfInterrupted("stats");
}

Action declareStats(CLI::App& command)
{
    const auto options = std::make_shared<StatsOptions>();
    options->model.add(command);
    options->recipe.add(command);
    options->calibration.add(command, false);
    return [options] { runStats(*options); };
}

} // namespace

Verb statsVerb()
{
    return {"stats", "how the weights are distributed, and the inputs of every linear with --text",
            "slots [{name, count (of finite numbers), nan, infinite, minimum, maximum, mean, "
            "standard_deviation, kurtosis, zero_share, outlier_share, histogram {low, high, "
            "counts}}], unreadable [{name, type}], with --text also text, context, windows, "
            "activations [the same without outlier_share]",
            &declareStats};
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/fit_budget_options.h"
#include "app/cli/fit_measurement.h"
#include "app/cli/options.h"
#include "app/cli/output_options.h"
#include "app/cli/slot_names.h"
#include "app/cli/terminal.h"
#include "app/cli/verbs.h"

#include "core/base/error.h"
#include "core/files/formats/writers.h"
#include "core/quantize/methods/method.h"
#include "core/workbench/fit/fits.h"
#include "core/workbench/prediction/predictions.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/settings/evaluation.h"
#include "core/workbench/workbench.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace bitloom {

namespace {

using Json = nlohmann::ordered_json;

struct FitOptions {
    ModelOptions model;
    RecipeOptions start;
    CalibrationOptions calibration;
    FitSettings settings;
    std::vector<std::string> locks;
    std::vector<std::string> floors;
    std::vector<std::string> ceilings;
    std::string schemeNames;
    OutputOptions output;
    bool quantizedInputs = false;
    FitBudgetOptions budget;
    FitMeasurementOptions measurement;
};

std::vector<std::string> methodIds()
{
    std::vector<std::string> ids;
    for (const Method* method : methods())
        ids.emplace_back(method->id());
    return ids;
}

void declareFitOptions(CLI::App& command, FitOptions& options)
{
    options.model.add(command);
    options.model.addEngine(command);
    options.budget.add(command, options.settings);
    options.calibration.add(command, true);
    options.start.add(command);
    command
        .add_option("--lock", options.locks,
                    "slots whose whole name matches, or of a role (role:NAME), stay as they are")
        ->allow_extra_args(false);
    command
        .add_option("--at-least", options.floors,
                    "REGEX=BITS or role:NAME=BITS: slots whose whole name matches, or of that "
                    "role, get no fewer bits per weight")
        ->allow_extra_args(false);
    command.add_option("--at-most", options.ceilings, "the same: nor more")
        ->allow_extra_args(false);
    command.add_option("--schemes", options.schemeNames,
                       "comma-separated; otherwise all that the target holds");
    command
        .add_option("--method", options.settings.methods,
                    "how codes are chosen; of several, comma-separated, the best for each slot")
        ->delimiter(',')
        ->check(CLI::IsMember(methodIds()))
        ->capture_default_str();
    command.add_flag("--quick", options.settings.nearBestOnly,
                     "encode by methods that need the inputs only near what is best without them");
    command.add_flag("--quantized-inputs", options.quantizedInputs,
                     std::string("note in the recipe that ") + kQuantizedInputsHelp +
                         "; the fit itself predicts by the original ones");
    options.measurement.add(command);
    options.output.add(command, "the recipe file to write")->required();
}

/// The model's default, unless a scheme was asked for that only safetensors holds.
std::string targetFor(const Model& model, const std::vector<std::string>& schemeIds)
{
    const Target& target = defaultTarget(model);
    const bool held = std::all_of(schemeIds.begin(), schemeIds.end(), [&](const std::string& id) {
        return target.holds(schemeNamed(id));
    });
    return held ? target.id : "safetensors";
}

void lockSlots(Recipe& recipe, const Model& model, const std::vector<std::string>& patterns)
{
    for (const std::string& pattern : patterns)
        for (const int slot : slotsNamed(model, pattern))
            recipe.slots[model.graph.slot(slot).name].fit.locked = true;
}

using Bound = std::optional<double> FitLimits::*;

/// "REGEX=BITS" or "role:NAME=BITS" of --at-least or --at-most. Of several, and of what the recipe
/// says, the tightest holds.
void limitSlots(Recipe& recipe, const Model& model, const std::vector<std::string>& limits,
                Bound bound)
{
    for (const std::string& text : limits) {
        const size_t equals = text.rfind('=');
        char* end = nullptr;
        const std::string number = equals == std::string::npos ? "" : text.substr(equals + 1);
        const double bits = std::strtod(number.c_str(), &end);
        if (number.empty() || *end != '\0' || !(bits > 0) || !std::isfinite(bits))
            throw Error("fit", "'" + text + "' is not of the form REGEX=BITS or role:NAME=BITS");
        for (const int slot : slotsNamed(model, text.substr(0, equals))) {
            const std::string& name = model.graph.slot(slot).name;
            std::optional<double>& limit = recipe.slots[name].fit.*bound;
            const double other = limit.value_or(bits);
            limit = bound == &FitLimits::leastBits ? std::max(bits, other) : std::min(bits, other);
            if (recipe.slots[name].fit.crossed())
                throw Error("fit", name + " is limited to more bits at least than at most");
        }
    }
}

Json frontJson(const std::vector<FitPoint>& front)
{
    Json points = Json::array();
    for (const FitPoint& point : front)
        points.push_back({{"bytes", point.fileBytes},
                          {"bits_per_weight", point.bitsPerWeight},
                          {"predicted_kl", point.predicted}});
    return points;
}

Json stepJson(const std::optional<FitReason::Step>& step, bool isTime)
{
    if (!step)
        return nullptr;
    Json json = {{"scheme", step->scheme}, {"predicted_kl", step->damage}};
    if (isTime)
        json["milliseconds"] = FitReason::milliseconds(step->bytes);
    else
        json["bytes"] = step->bytes;
    return json;
}

/// What a step more or less would trade, by slot.
Json whyJson(const Graph& graph, const std::vector<FitReason>& reasons)
{
    Json why = Json::object();
    for (const FitReason& reason : reasons)
        for (const int slot : reason.slots)
            why[graph.slot(slot).name] = {{"up", stepJson(reason.up, reason.isTime)},
                                          {"down", stepJson(reason.down, reason.isTime)}};
    return why;
}

Json resultJson(const FitOptions& options, const FitResult& fit, const PredictionRange& predicted,
                const CalibrationSettings& text, const Graph& graph)
{
    Json schemesBySlot = Json::object();
    for (const auto& [slot, choice] : fit.recipe.slots)
        schemesBySlot[slot] = choice.scheme;
    return {{"recipe", options.output.path},
            {"target", fit.recipe.target},
            {"bits_per_weight", fit.size.bitsPerWeight()},
            {"bytes", fit.size.fileBytes},
            {"predicted_kl", fit.predictedKl},
            {"predicted_low", predicted.low},
            {"predicted_high", predicted.high},
            {"quantity", quantityTitle(graph.output)},
            {"text", text.textName},
            {"context", text.context},
            {"windows", text.windows},
            {"schemes", schemesBySlot},
            {"front", frontJson(fit.front)},
            {"why", whyJson(graph, fit.reasons)},
            {"memory", memoryJson(fit)},
            {"decode", decodeJson(fit)},
            {"measured", fit.measured ? options.measurement.json(*fit.measured) : Json()}};
}

void printFit(const Json& result)
{
    for (const auto& [slot, scheme] : result["schemes"].items())
        print("%-40s %s\n", slot.c_str(), scheme.get<std::string>().c_str());
    print("%.4f bits per weight, %s bytes, predicted %s: %.4g (likely %.4g to %.4g); target %s; "
          "wrote %s\n",
          result["bits_per_weight"].get<double>(), result["bytes"].dump().c_str(),
          result["quantity"].get<std::string>().c_str(), result["predicted_kl"].get<double>(),
          result["predicted_low"].get<double>(), result["predicted_high"].get<double>(),
          result["target"].get<std::string>().c_str(), result["recipe"].get<std::string>().c_str());
    if (!result["memory"].is_null())
        printMemory(result["memory"]);
    if (!result["decode"].is_null())
        printDecode(result["decode"]);
    if (!result["measured"].is_null())
        printMeasured(result["measured"], result["quantity"].get<std::string>());
}

void tellCost(const FitCost& cost, const FitSettings& settings, const Recipe& start)
{
    if (cost.encodings == 0)
        return;
    const bool corrects = std::ranges::any_of(
        start.slots, [](const auto& slot) { return slot.second.correction.has_value(); });
    const char* what =
        corrects ? "methods that need the inputs, and corrections" : "methods that need the inputs";
    std::array<char, 128> text{};
    const double seconds = settings.nearBestOnly ? cost.secondsNearBest : cost.seconds;
    std::snprintf(text.data(), text.size(), "Encoding (%s) takes about %.3g s", what, seconds);
    std::string sentence = text.data();
    if (!settings.nearBestOnly) {
        std::snprintf(text.data(), text.size(), "; with --quick about %.3g s",
                      cost.secondsNearBest);
        sentence += text.data();
    }
    printNotice(sentence + ".");
}

void tellEngine(const DecodeTimes& times)
{
    printNotice(times.notice);
    if (!times.dependsOnScheme)
        printNotice(times.engine + " computes with decoded weights: no scheme is faster than "
                                   "another. --engine vulkan times the packed ones.");
}

/// Of a fit's time, about: choosing is quick unless it encodes with GPTQ or measures recipes.
double measuringShare(const FitSettings& settings)
{
    const bool encodes = std::ranges::any_of(settings.methods, [](const std::string& id) {
        return methodNamed(id).needsCalibration().has_value();
    });
    return encodes || settings.measurement ? 0.5 : 0.9;
}

void runFit(const FitOptions& options)
{
    FitSettings settings = options.settings;
    settings.schemes = schemeList(options.schemeNames);
    const auto workbench = options.model.open();
    options.output.check();
    Recipe start =
        options.start.read(workbench->model(), targetFor(workbench->model(), settings.schemes));
    if (options.quantizedInputs && !start.transforms.empty())
        throw Error("fit", "transforms need what layers see of the original network, which does "
                           "not go together with --quantized-inputs");
    lockSlots(start, workbench->model(), options.locks);
    limitSlots(start, workbench->model(), options.floors, &FitLimits::leastBits);
    limitSlots(start, workbench->model(), options.ceilings, &FitLimits::mostBits);
    const CalibrationSettings text = options.calibration.read(workbench->model());
    settings.measurement = options.measurement.read(text, workbench->model());
    options.budget.complete(settings, options.model.engine);
    FitResult fit;
    PredictionRange predicted;
    {
        TerminalProgress progress(options.model.progress);
        const double share = measuringShare(settings);
        ProgressSpan measuring(progress, 0, share);
        ProgressSpan choosing(progress, share, 1);
        measureForPredictions(*workbench, text, {start}, "fit", measuring);
        tellCost(workbench->fits().fitCost(start, settings, choosing), settings, start);
        fit = workbench->fits().fit(start, settings, choosing);
    }
    if (!fit.complete)
        endIfInterrupted("fit");
    if (fit.decode)
        tellEngine(*fit.decode);
    Progress silent; // a stop while recipes were measured keeps the best of them
    if (const auto prediction = workbench->predictions().prediction(fit.recipe, silent))
        predicted = prediction->range;
    else
        predicted = {fit.predictedKl, fit.predictedKl, fit.predictedKl};
    if (fit.recipe.calibration)
        fit.recipe.calibration->quantizedInputs = options.quantizedInputs;
    writeTextFile(options.output.file(), fit.recipe.toJson());
    const Json result = resultJson(options, fit, predicted, text, workbench->model().graph);
    if (options.model.json)
        printJson(result);
    else
        printFit(result);
}

Action declareFit(CLI::App& command)
{
    const auto options = std::make_shared<FitOptions>();
    declareFitOptions(command, *options);
    return [options] { runFit(*options); };
}

} // namespace

Verb fitVerb()
{
    return {"fit", "chooses every slot's bits under a budget",
            "recipe, target, bits_per_weight, bytes, predicted_kl, predicted_low and "
            "predicted_high (nine of ten measured values lie between them), quantity, text, "
            "context, windows, schemes {slot: scheme}, front [{bytes, bits_per_weight, "
            "predicted_kl}], why {slot: {up, down: {scheme, bytes, predicted_kl} more or less, "
            "of all slots that change together; null where there is none; bytes of the first "
            "budget, or where that is time milliseconds}}, memory (with --memory; else null) "
            "{engine, context, weights, key_value_cache, activations, bytes}, decode (with "
            "--latency; else null) {engine, milliseconds, milliseconds_beside_products, "
            "depends_on_scheme}, measured (with --measure; else null) {text, predicted_best, "
            "found and saved {value, standard_error} on the half of the text that the search "
            "never saw, better, complete, tried [{bytes, predicted, measured}]}",
            &declareFit};
}

} // namespace bitloom

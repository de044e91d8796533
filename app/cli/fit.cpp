// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/options.h"
#include "app/cli/terminal.h"
#include "app/cli/verbs.h"

#include "core/error.h"
#include "core/files/writers.h"
#include "core/quantize/method.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <regex>

namespace bitloom {

namespace {

using Json = nlohmann::ordered_json;

struct FitOptions {
    ModelOptions model;
    RecipeOptions start;
    CalibrationOptions calibration;
    FitSettings settings;
    std::vector<std::string> locks;
    std::string schemeNames;
    std::string output;
};

std::vector<std::string> methodIds()
{
    std::vector<std::string> ids;
    for (const Method* method : methods())
        ids.emplace_back(method->id());
    return ids;
}

void declareBudget(CLI::App& command, FitOptions& options)
{
    FitSettings& settings = options.settings;
    CLI::Option_group* budget = command.add_option_group("budget", "exactly one of these");
    budget->add_option("--bits", settings.bitsPerWeight, "bits per weight, scales included")
        ->check(finiteProblem)
        ->check(CLI::Range(0.01, 64.0));
    budget->add_option("--bytes", settings.fileBytes, "bytes of the whole file")
        ->check(CLI::Range(int64_t{1}, kLargestOption));
    budget
        ->add_option("--damage", settings.mostDamage,
                     "the smallest file with at most this predicted damage (KL, or 1 − cosine)")
        ->check(finiteProblem)
        ->check(CLI::PositiveNumber);
    budget->require_option(1);
}

void declare(CLI::App& command, FitOptions& options)
{
    options.model.add(command);
    declareBudget(command, options);
    options.calibration.add(command, true);
    options.start.add(command);
    command.add_option("--lock", options.locks, "slots whose whole name matches stay as they are")
        ->allow_extra_args(false);
    command.add_option("--schemes", options.schemeNames,
                       "comma-separated; otherwise all that the target holds");
    command
        .add_option("--method", options.settings.methods,
                    "how codes are chosen; of several, comma-separated, the best for each slot")
        ->delimiter(',')
        ->check(CLI::IsMember(methodIds()))
        ->capture_default_str();
    command.add_option("-o,--output", options.output, "the recipe file to write")->required();
}

/// The model's default, unless a scheme was asked for that only the target `any` holds.
std::string targetFor(const Model& model, const std::vector<std::string>& schemeIds)
{
    const Target& target = defaultTarget(model);
    const bool held = std::all_of(schemeIds.begin(), schemeIds.end(), [&](const std::string& id) {
        return target.holds(schemeNamed(id));
    });
    return held ? target.id : "any";
}

void lockSlots(Recipe& recipe, const Model& model, const std::vector<std::string>& patterns)
{
    for (const std::string& pattern : patterns) {
        const std::regex expression = [&] {
            try {
                return std::regex(pattern);
            } catch (const std::regex_error&) {
                throw Error("fit", "'" + pattern + "' is not a regular expression");
            }
        }();
        bool matched = false;
        for (const Slot& slot : model.graph.slots) {
            if (slot.quantizable && std::regex_match(slot.name, expression)) {
                recipe.slots[slot.name].locked = true;
                matched = true;
            }
        }
        if (!matched)
            throw Error("fit", "no quantizable slot has a name that matches '" + pattern + "'");
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

Json stepJson(const std::optional<FitReason::Step>& step)
{
    if (!step)
        return nullptr;
    return {{"scheme", step->scheme}, {"bytes", step->bytes}, {"predicted_kl", step->damage}};
}

/// What a step more or less would trade, by slot.
Json whyJson(const Graph& graph, const std::vector<FitReason>& reasons)
{
    Json why = Json::object();
    for (const FitReason& reason : reasons)
        for (const int slot : reason.slots)
            why[graph.slots[static_cast<size_t>(slot)].name] = {{"up", stepJson(reason.up)},
                                                                {"down", stepJson(reason.down)}};
    return why;
}

Json resultJson(const FitOptions& options, const FitResult& fit, const CalibrationSettings& text,
                const Graph& graph)
{
    Json schemesBySlot = Json::object();
    for (const auto& [slot, choice] : fit.recipe.slots)
        schemesBySlot[slot] = choice.scheme;
    return {{"recipe", options.output},
            {"target", fit.recipe.target},
            {"bits_per_weight", fit.size.bitsPerWeight()},
            {"bytes", fit.size.fileBytes},
            {"predicted_kl", fit.predictedKl},
            {"quantity", quantityTitle(graph.output)},
            {"text", text.textName},
            {"context", text.context},
            {"windows", text.windows},
            {"schemes", schemesBySlot},
            {"front", frontJson(fit.front)},
            {"why", whyJson(graph, fit.reasons)}};
}

void printResult(const Json& result)
{
    for (const auto& [slot, scheme] : result["schemes"].items())
        print("%-40s %s\n", slot.c_str(), scheme.get<std::string>().c_str());
    print("%.4f bits per weight, %s bytes, predicted %s: %.4g; target %s; wrote %s\n",
          result["bits_per_weight"].get<double>(), result["bytes"].dump().c_str(),
          result["quantity"].get<std::string>().c_str(), result["predicted_kl"].get<double>(),
          result["target"].get<std::string>().c_str(), result["recipe"].get<std::string>().c_str());
}

void runFit(const FitOptions& options)
{
    FitSettings settings = options.settings;
    settings.schemes = schemeList(options.schemeNames);
    const auto bench = options.model.open();
    Recipe start = options.start.read(bench->model(), targetFor(bench->model(), settings.schemes));
    lockSlots(start, bench->model(), options.locks);
    const CalibrationSettings text = options.calibration.read();
    FitResult fit;
    {
        TerminalProgress progress(options.model.progress);
        ProgressSpan measuring(progress, 0, 0.5);
        ProgressSpan choosing(progress, 0.5, 1);
        bench->measureSensitivity(text, measuring);
        endIfInterrupted("fit");
        fit = bench->fit(start, settings, choosing);
    }
    endIfInterrupted("fit");
    writeTextFile(options.output, fit.recipe.toJson());
    const Json result = resultJson(options, fit, text, bench->model().graph);
    if (options.model.json)
        printJson(result);
    else
        printResult(result);
}

} // namespace

Action declareFit(CLI::App& command)
{
    const auto options = std::make_shared<FitOptions>();
    declare(command, *options);
    return [options] { runFit(*options); };
}

} // namespace bitloom

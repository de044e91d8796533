// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/options.h"

#include "app/cli/terminal.h"
#include "app/cli/texts.h"
#include "app/engines/engines.h"
#include "core/base/error.h"
#include "core/quantize/corrections/correction.h"
#include "core/quantize/methods/method.h"
#include "core/quantize/transforms/transform.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/settings/recipe_file.h"
#include "core/workbench/workbench.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <sstream>

namespace bitloom {

namespace {

/// "  id    what it is" with the descriptions in one column.
std::string tableRow(std::string_view id, std::string_view description)
{
    std::string row = "  " + std::string(id);
    row.resize(std::max<size_t>(row.size() + 1, 18), ' ');
    return row + std::string(description) + "\n";
}

std::string parametersHelp(std::span<const Parameter> parameters)
{
    std::string help;
    for (const Parameter& parameter : parameters) {
        std::ostringstream range;
        range << "  " << parameter.name << ", " << parameter.least << " to " << parameter.most
              << ": " << parameter.description;
        help += tableRow("", range.str());
    }
    return help;
}

} // namespace

void ModelOptions::add(CLI::App& command)
{
    command
        .add_option("MODEL", model,
                    "a Hugging Face folder, a .safetensors, a .gguf, or the word sample")
        ->required();
    command.add_flag("--json", json, "print one JSON object on standard output");
    command.add_flag("--progress", progress, "report progress even without a terminal");
}

void ModelOptions::addEngine(CLI::App& command)
{
    command.add_option("--engine", engine, "torch or vulkan; otherwise the best measured")
        ->check(CLI::IsMember({"torch", "vulkan"}));
    command.add_option("--device", device, "Vulkan device by part of its name or by index");
    command.add_option("--threads", threads, "threads of the Torch engine; 0: all cores")
        ->check(CLI::Range(int64_t{0}, kLargestOption));
}

std::shared_ptr<Workbench> ModelOptions::open() const
{
    EngineOptions engines;
    engines.device = device;
    engines.threads = threads;
    engines.onReplaced = printNotice;
    auto workbench = Workbench::open(model, makeEngines(engines), engineMemory(engines));
    printNotice(workbench->model().notice);
    return workbench;
}

Recipe readRecipe(const std::string& path, const Model& model, bool takesForeign)
{
    Recipe recipe = readRecipeFile(path);
    const bool foreign = !recipe.modelIdentity.empty() && recipe.modelIdentity != model.identity;
    if (foreign && !takesForeign)
        throw Error("recipe", path + " was made for another model (" + recipe.modelName +
                                  ") than this one (" + model.name +
                                  "); --foreign-recipe takes it all the same");
    return recipe;
}

void addForeignRecipe(CLI::App& command, bool& takesForeign)
{
    command.add_flag("--foreign-recipe", takesForeign,
                     "take a recipe that was made for another model, whose layers are called the "
                     "same");
}

void RecipeOptions::add(CLI::App& command)
{
    command.add_option("--recipe", path, "a recipe file");
    addForeignRecipe(command, takesForeign);
    command
        .add_option("--set", sets,
                    "REGEX=scheme[,fallback][:method[:name=number]]: slots whose whole name "
                    "matches; may be "
                    "repeated, later ones win")
        ->allow_extra_args(false);
    command
        .add_option("--activation", activations,
                    "REGEX=activation scheme: values that are quantized while the network runs, by "
                    "their whole name (sensitivity --activation-scheme lists them); float: not; "
                    "may be repeated, later ones win")
        ->allow_extra_args(false);
    command
        .add_option("--transform", transforms,
                    "a transform of the whole model before it is quantized, with its parameters: "
                    "smoothquant, smoothquant:0.5; none: takes those of the recipe away; may be "
                    "repeated; needs --calibration")
        ->allow_extra_args(false);
    command
        .add_option("--correct", corrections,
                    "REGEX=correction: what is added to slots that have a scheme, with its "
                    "numbers: lorc:8; none: nothing; may be repeated, later ones win")
        ->allow_extra_args(false);
    command.add_option("--target", target, "what the file is for")->check(targetUnknown);
}

std::string targetUnknown(const std::string& id)
{
    try {
        targetNamed(id);
        return {};
    } catch (const Error& error) {
        return error.what();
    }
}

void RecipeOptions::addCalibration(CLI::App& command)
{
    command.add_option(
        "--calibration", calibration,
        "the text the recipe was fitted on; for methods, corrections and transforms that look "
        "at the inputs of the layers");
    command.add_flag("--quantized-inputs", quantizedInputs, kQuantizedInputsHelp);
}

void RecipeOptions::prepare(Workbench& workbench, const std::optional<Recipe>& recipe,
                            bool showProgress) const
{
    if (!recipe || !recipe->needsCalibration())
        return;
    const std::optional<RecipeCalibration>& wanted = recipe->calibration;
    const std::string name = wanted ? wanted->text : "a text";
    if (calibration.empty())
        throw Error("recipe", "it needs the inputs of the layers on " + name +
                                  ", which --calibration must name");
    CalibrationSettings settings;
    settings.text = readText(calibration);
    settings.textName = fileName(calibration);
    tellText("Calibration text", workbench.model(), settings.text.text(), calibration);
    if (wanted) {
        settings.context = wanted->context;
        settings.windows = wanted->windows;
        settings.lines = wanted->lines;
        if (recipeCalibration(settings).identity != wanted->identity)
            throw Error("recipe", calibration + " is not the text " + name +
                                      " that the recipe was calibrated on");
    } else {
        settings.context = windowOf(workbench.model(), 0, settings.context);
    }
    TerminalProgress progress(showProgress);
    const bool through = quantizedInputs || (wanted && wanted->quantizedInputs);
    workbench.calibration().measureInputs(settings, progress, through ? &*recipe : nullptr);
    endIfInterrupted("calibration");
}

void measureForPredictions(Workbench& workbench, const CalibrationSettings& text,
                           const std::vector<Recipe>& recipes, std::string_view verb,
                           Progress& progress)
{
    const auto scaling = std::ranges::count_if(recipes, [](const Recipe& recipe) {
        return !recipe.values.empty() && !recipe.transforms.empty();
    });
    const double share = 1.0 / static_cast<double>(1 + scaling); // of the time: passes alike
    ModelCalibration& calibration = workbench.calibration();
    ProgressSpan first(progress, 0, share);
    calibration.measureSensitivity(text, first);
    endIfInterrupted(verb);
    double done = share;
    for (const Recipe& recipe : recipes) {
        if (!calibration.needsActivations(recipe))
            continue;
        ProgressSpan span(progress, done, std::min(1.0, done + share));
        calibration.measureActivations(recipe, span);
        endIfInterrupted(verb);
        done += share;
    }
}

bool RecipeOptions::given() const
{
    return !path.empty() || !transforms.empty() || !sets.empty() || !corrections.empty() ||
           !activations.empty();
}

Recipe RecipeOptions::read(const Model& model, const std::string& otherwise) const
{
    Recipe recipe;
    recipe.target = otherwise;
    recipe.modelName = model.name;
    recipe.modelIdentity = model.identity;
    if (!path.empty())
        recipe = readRecipe(path, model, takesForeign);
    if (!target.empty())
        recipe.target = targetNamed(target).id;
    for (const std::string& transform : transforms) {
        if (transform == "none")
            recipe.transforms.clear();
        else
            recipe.transforms.push_back(parseTransform(transform));
    }
    for (const std::string& set : sets) {
        const auto [pattern, edit] = parseSet(set);
        applySet(recipe, model, pattern, edit);
    }
    for (const std::string& correction : corrections)
        applyCorrection(recipe, model, correction);
    for (const std::string& rule : activations)
        applyActivation(recipe, model, rule);
    if (const std::string problem = recipeProblem(recipe, model); !problem.empty())
        throw Error("recipe", problem);
    return recipe;
}

std::optional<Recipe> RecipeOptions::readIfGiven(const Model& model,
                                                 const std::string& otherwise) const
{
    return given() ? std::optional(read(model, otherwise)) : std::nullopt;
}

void CalibrationOptions::add(CLI::App& command, bool textRequired)
{
    command.add_option("--text", path, "calibration text")->required(textRequired);
    command
        .add_option("--context", context,
                    "tokens of a window; otherwise " + std::to_string(settings.context) +
                        ", or the model's context where that is less")
        ->check(CLI::Range(int64_t{1}, kLargestOption));
    command.add_option("--windows", settings.windows, "how many windows at most")
        ->check(CLI::Range(int64_t{1}, kLargestOption))
        ->capture_default_str();
    command.add_flag("--split-lines", settings.lines, "every line is a window, cut at --context");
    command.add_option("--seed", settings.seed, "of the labels drawn from the model")
        ->capture_default_str();
}

CalibrationSettings CalibrationOptions::read(const Model& model, std::string* warning) const
{
    CalibrationSettings complete = settings;
    complete.text = readText(path);
    complete.textName = fileName(path);
    const std::string found = tellText("Calibration text", model, complete.text.text(), path);
    if (warning)
        *warning = found;
    complete.context = windowOf(model, context, settings.context);
    return complete;
}

std::string finiteProblem(const std::string& text)
{
    const bool finite = std::isfinite(std::strtod(text.c_str(), nullptr));
    return finite ? std::string() : text + " is not a finite number";
}

std::string fileName(const std::string& path)
{
    return std::filesystem::path(path).filename().string();
}

std::vector<std::string> schemeList(const std::string& text)
{
    std::vector<std::string> ids;
    std::istringstream stream(text);
    for (std::string id; std::getline(stream, id, ',');)
        ids.emplace_back(schemeNamed(id).id());
    return ids;
}

std::string tablesHelp()
{
    std::string help = "\nSchemes:\n";
    for (const Scheme* scheme : schemes())
        help += tableRow(scheme->id(), scheme->description());
    help += "\nMethods:\n";
    for (const Method* method : methods())
        help +=
            tableRow(method->id(), method->description()) + parametersHelp(method->parameters());
    help += "\nActivation schemes (--activation):\n";
    for (const ActivationScheme& scheme : activationSchemes())
        help += tableRow(scheme.id, scheme.description);
    help += "\nCorrections (--correct):\n";
    for (const Correction& correction : corrections())
        help +=
            tableRow(correction.id, correction.description) + parametersHelp(correction.parameters);
    help += "\nTransforms (--transform):\n";
    for (const Transform& transform : transforms())
        help +=
            tableRow(transform.id, transform.description) + parametersHelp(transform.parameters);
    help += "\nTargets:\n";
    for (const Target& target : targets())
        help += tableRow(target.id, target.title);
    return help;
}

} // namespace bitloom

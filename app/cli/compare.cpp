// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/options.h"
#include "app/cli/terminal.h"
#include "app/cli/texts.h"
#include "app/cli/verbs.h"

#include "core/base/error.h"
#include "core/workbench/evaluation/compare_recipes.h"
#include "core/workbench/prediction/predictions.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/session/opened_model.h"
#include "core/workbench/settings/evaluation.h"
#include "core/workbench/workbench.h"

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>

namespace bitloom {

namespace {

using Json = nlohmann::ordered_json;

/// In place of a recipe's path: every slot as the checkpoint stores it.
constexpr const char* kOriginal = "original";

struct CompareOptions {
    ModelOptions model;
    CalibrationOptions calibration;
    std::vector<std::string> recipes;
    bool takesForeign = false;
};

Recipe recipeNamed(const std::string& path, const Model& model, bool takesForeign)
{
    if (path != kOriginal)
        return readRecipe(path, model, takesForeign);
    Recipe original;
    original.target = defaultTarget(model).id;
    return original;
}

/// The words of --set.
std::string choiceText(const SlotChoice& choice)
{
    std::string text = choice.scheme.empty() ? "stored" : choice.scheme + ":" + choice.methodText();
    if (choice.clipLow || choice.clipHigh)
        text += " clipped";
    if (choice.correction)
        text += " " + rowChoiceText(*choice.correction);
    return text;
}

template <class Value>
Json known(const std::optional<Value>& value)
{
    return value ? Json(*value) : Json();
}

Json totalOf(const std::optional<Prediction>& prediction)
{
    return prediction ? Json(prediction->damages.total) : Json();
}

Json slotsJson(const RecipeComparison& comparison, const Model& model)
{
    Json slots = Json::array();
    for (const SlotDifference& found : comparison.differences)
        slots.push_back({{"name", model.graph.slot(found.slot).name},
                         {"a", choiceText(found.a.choice)},
                         {"b", choiceText(found.b.choice)},
                         {"bytes", found.bytes()},
                         {"predicted", known(found.damage())}});
    return slots;
}

Json valuesJson(const RecipeComparison& comparison, const Model& model)
{
    const auto scheme = [](const ValueDifference::Side& side) {
        return side.scheme.empty() ? std::string("float")
                                   : side.scheme; // the words of --activation
    };
    Json values = Json::array();
    for (const ValueDifference& found : comparison.values)
        values.push_back({{"name", model.graph.value(found.value).name},
                          {"a", scheme(found.a)},
                          {"b", scheme(found.b)},
                          {"predicted", known(found.damage())}});
    return values;
}

Json toJson(const RecipeComparison& comparison, const CompareOptions& options, const Model& model)
{
    const bool measured = !options.calibration.path.empty();
    return {
        {"a", fileName(options.recipes[0])},
        {"b", fileName(options.recipes[1])},
        {"text", measured ? Json(fileName(options.calibration.path)) : Json()},
        {"quantity", quantityTitle(model.graph.output)},
        {"bytes", {comparison.sizeA.fileBytes, comparison.sizeB.fileBytes}},
        {"bits_per_weight", {comparison.sizeA.bitsPerWeight(), comparison.sizeB.bitsPerWeight()}},
        {"predicted", {totalOf(comparison.predictionA), totalOf(comparison.predictionB)}},
        {"slots", slotsJson(comparison, model)},
        {"values", valuesJson(comparison, model)}};
}

std::string signedNumber(const Json& number, const char* format)
{
    if (number.is_null())
        return "-";
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), format, number.get<double>());
    return text.data();
}

void printDifferences(const Json& result)
{
    print("%-40s %-18s %-18s %12s %12s\n", "slot", "a", "b", "bytes b-a", "damage b-a");
    for (const Json& slot : result["slots"])
        print("%-40s %-18s %-18s %12s %12s\n", slot["name"].get<std::string>().c_str(),
              slot["a"].get<std::string>().c_str(), slot["b"].get<std::string>().c_str(),
              signedNumber(slot["bytes"], "%+.0f").c_str(),
              signedNumber(slot["predicted"], "%+.4g").c_str());
    for (const Json& value : result["values"])
        print("%-40s %-18s %-18s %12s %12s\n", value["name"].get<std::string>().c_str(),
              value["a"].get<std::string>().c_str(), value["b"].get<std::string>().c_str(), "0",
              signedNumber(value["predicted"], "%+.4g").c_str());
    for (const int side : {0, 1})
        print("%s: %s, %.3f bits per weight, predicted %s (%s)\n", side == 0 ? "a" : "b",
              bytesText(result["bytes"][side].get<int64_t>()).c_str(),
              result["bits_per_weight"][side].get<double>(),
              signedNumber(result["predicted"][side], "%.4g").c_str(),
              result["quantity"].get<std::string>().c_str());
}

void runCompare(const CompareOptions& options)
{
    const auto workbench = options.model.open();
    const Recipe a = recipeNamed(options.recipes[0], workbench->model(), options.takesForeign);
    const Recipe b = recipeNamed(options.recipes[1], workbench->model(), options.takesForeign);
    RecipeComparison comparison;
    {
        TerminalProgress progress(options.model.progress);
        workbench->opened().requireFiniteWeights("compare", progress);
        if (!options.calibration.path.empty())
            measureForPredictions(*workbench, options.calibration.read(workbench->model()), {a, b},
                                  "compare", progress);
        endIfInterrupted("compare");
        comparison = compareRecipes(workbench->predictions(), a, b, progress);
    }
    const Json result = toJson(comparison, options, workbench->model());
    options.model.json ? printJson(result) : printDifferences(result);
    endIfInterrupted("compare");
}

Action declareCompare(CLI::App& command)
{
    const auto options = std::make_shared<CompareOptions>();
    options->model.add(command);
    command
        .add_option("--recipe", options->recipes,
                    "a recipe file, or the word original; given twice")
        ->required()
        ->allow_extra_args(false)
        ->expected(2);
    addForeignRecipe(command, options->takesForeign);
    options->calibration.add(command, false);
    return [options] { runCompare(*options); };
}

} // namespace

Verb compareVerb()
{
    return {"compare",
            "what two recipes make of the slots, and with --text what each difference costs",
            "a, b, text (null: nothing was measured), quantity, bytes, bits_per_weight and "
            "predicted (of a and of b; null: not known), slots [{name, a, b (scheme:method, or "
            "stored), bytes and predicted (b minus a)}] and values [{name, a, b (activation "
            "scheme, or float), predicted}] where they differ",
            &declareCompare};
}

} // namespace bitloom

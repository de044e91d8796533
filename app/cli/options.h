// SPDX-License-Identifier: GPL-3.0-or-later
// Options that several verbs share, and what they stand for.
#pragma once

#include "core/quantize/recipe/recipe.h"
#include "core/workbench/settings/texts.h"
#include "core/workbench/workbench.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace bitloom {

/// MODEL, --json and --progress.
struct ModelOptions {
    std::string model;
    std::string engine; ///< only with addEngine
    std::string device;
    int threads = 0;
    bool json = false;
    bool progress = false;

    void add(CLI::App& command);
    void addEngine(CLI::App& command);
    std::shared_ptr<Workbench> open() const;
};

/// The recipe in a file. Error, with the way out, where it was made for another model, unless that
/// is asked for (--foreign-recipe).
Recipe readRecipe(const std::string& path, const Model& model, bool takesForeign);
/// Declares --foreign-recipe.
void addForeignRecipe(CLI::App& command, bool& takesForeign);

/// Empty, or a sentence naming the known targets: for CLI::Option::check.
std::string targetUnknown(const std::string& id);

/// --recipe, --set, --correct, --activation, --target and, where the verb measures nothing itself,
/// --calibration.
struct RecipeOptions {
    std::string path;
    bool takesForeign = false; ///< a recipe made for another model
    std::vector<std::string> sets;
    std::vector<std::string> activations;
    std::vector<std::string> transforms;
    std::vector<std::string> corrections;
    std::string target;           ///< empty: the recipe's, or `otherwise`
    std::string calibration;      ///< file with the text that the recipe was fitted on
    bool quantizedInputs = false; ///< also where the recipe does not say so

    void add(CLI::App& command);
    void addCalibration(CLI::App& command);
    bool given() const;
    /// The recipe file with the edits of the other options upon it. Error when it does not fit the
    /// model.
    Recipe read(const Model& model, const std::string& otherwise) const;
    std::optional<Recipe> readIfGiven(const Model& model, const std::string& otherwise) const;
    /// Measures the inputs that the recipe's methods need. Error when the text is not given, or is
    /// not the one that the recipe names.
    void prepare(Workbench& workbench, const std::optional<Recipe>& recipe,
                 bool showProgress) const;
};

/// --text, --context, --windows and --seed of a calibration.
struct CalibrationOptions {
    std::string path;
    CalibrationSettings settings;
    int64_t context = 0; ///< as asked for; 0: the usual (windowOf)

    void add(CLI::App& command, bool textRequired);
    /// Tells standard error what the text is, and its windows (texts.h); `warning` receives what
    /// outputs repeat.
    CalibrationSettings read(const Model& model, std::string* warning = nullptr) const;
};

/// Measures all that recipes are predicted by: sensitivity on the text, and what it costs to
/// quantize the values that their transforms scale. Ends the program when it was interrupted.
void measureForPredictions(Workbench& workbench, const CalibrationSettings& text,
                           const std::vector<Recipe>& recipes, std::string_view verb,
                           Progress& progress);

inline constexpr const char* kQuantizedInputsHelp =
    "methods like GPTQ see what comes through the quantized layers before, as in its paper, rather "
    "than through the original ones";

/// What no whole number on the command line may exceed.
inline constexpr int64_t kLargestOption = 1'000'000'000'000;

/// Check of a number on the command line: empty, or why it is none to reckon with.
std::string finiteProblem(const std::string& text);

/// A file's name without its folder, as outputs name texts.
std::string fileName(const std::string& path);
/// "--schemes": the ids of a comma-separated list. Error: an unknown one.
std::vector<std::string> schemeList(const std::string& text);
/// Tables of schemes, methods, targets and formats for --help.
std::string tablesHelp();

} // namespace bitloom

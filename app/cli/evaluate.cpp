// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/evaluate_results.h"
#include "app/cli/options.h"
#include "app/cli/terminal.h"
#include "app/cli/texts.h"
#include "app/cli/verbs.h"

#include "core/analyze/text/plain_text.h"
#include "core/base/error.h"
#include "core/workbench/evaluation/evaluations.h"
#include "core/workbench/session/opened_model.h"
#include "core/workbench/workbench.h"

#include <CLI/CLI.hpp>

namespace bitloom {

namespace {

using Json = nlohmann::ordered_json;

struct EvaluateOptions {
    ModelOptions model;
    RecipeOptions recipe;
    EvaluationSettings evaluation;
    GivenOptions given;
    std::string text;
    std::string score = "all";
    bool depth = false;
};

void declareEvaluateOptions(CLI::App& command, EvaluateOptions& options)
{
    options.model.add(command);
    options.model.addEngine(command);
    options.recipe.add(command);
    TextSettings& windows = options.evaluation.windows;
    CLI::Option_group* source = command.add_option_group("input", "what is fed, one of the two");
    source->add_option(
        "--text", options.text,
        "the text to be predicted, or sentences: one a line, or a table with labels");
    source->add_option("--inputs", options.given.inputs,
                       "a safetensors file; each of its tensors is fed as one text");
    source->require_option(1);
    options.given.add(command);
    options.recipe.addCalibration(command);
    CLI::Option* context =
        command
            .add_option(
                "--context", windows.context,
                "tokens of a window; otherwise 512, or the model's context where that is less")
            ->check(CLI::Range(int64_t{0}, kLargestOption));
    command.add_option("--windows", windows.windows, "how many windows at most; 0: all")
        ->check(CLI::Range(int64_t{0}, kLargestOption));
    CLI::Option* documents =
        command
            .add_option("--split-documents", windows.separator,
                        "documents end at this; each is BOS + tokens, cut at the model's context")
            ->excludes(context);
    command
        .add_flag("--split-lines", windows.lines,
                  "each line, stripped, is a document: BOS + tokens + EOS where there are such")
        ->excludes(context)
        ->excludes(documents);
    command.add_option("--score", options.score, "all, or second-half as llama-perplexity does")
        ->check(CLI::IsMember({"all", "second-half"}))
        ->capture_default_str();
    command.add_flag("--depth", options.depth,
                     "also how far the hidden states are from the original's after every block");
}

bool cutsDocuments(const TextSettings& windows)
{
    return windows.lines || !windows.separator.empty();
}

EvaluationSettings evaluationSettings(const EvaluateOptions& options, const Model& model)
{
    EvaluationSettings settings = options.evaluation;
    settings.text = readText(options.text);
    settings.textName = fileName(options.text);
    tellText("Evaluation text", model, settings.text.text(), options.text);
    if (!cutsDocuments(settings.windows) && !model.graph.readsWholeTexts())
        settings.windows.context = windowOf(model, settings.windows.context, kUsualWindow);
    settings.engine = options.model.engine;
    settings.cacheBytes = 0; // nobody asks twice
    settings.windows.secondHalf = options.score == "second-half";
    if (!options.recipe.calibration.empty() &&
        textsOverlap(readPlainText(options.recipe.calibration).text, settings.text.text()))
        throw Error("evaluate", "the text " + settings.textName + " shares lines with " +
                                    fileName(options.recipe.calibration) +
                                    ", so the evaluation would flatter the recipe");
    return settings;
}

/// Tokens of a window; null: whole documents, of any length.
Json contextOf(const TextSettings& windows, const Graph& graph)
{
    if (windows.context > 0)
        return windows.context;
    return graph.contextLength == kNoLastPosition ? Json() : Json(graph.contextLength);
}

Json evaluatedText(const EvaluateOptions& options, Workbench& workbench,
                   const std::optional<Recipe>& recipe, const EvaluationSettings& settings)
{
    EngineUse used;
    TextEvaluation evaluation;
    {
        TerminalProgress progress(options.model.progress);
        evaluation = workbench.evaluations().evaluateText(recipe, settings, progress, used);
    }
    printNotice(used.notice);
    if (evaluation.tokens == 0)
        endIfInterrupted("evaluate");
    Json result = {{"perplexity", evaluation.perplexity},
                   {"standard_error", evaluation.standardError},
                   {"accuracy", evaluation.accuracy},
                   {"tokens", evaluation.tokens},
                   {"blocks", evaluation.blocks},
                   {"dropped_characters", evaluation.droppedCharacters},
                   {"engine", used.id},
                   {"text", settings.textName},
                   {"context", contextOf(settings.windows, workbench.model().graph)},
                   {"windows", settings.windows.windows},
                   {"documents", cutsDocuments(settings.windows)},
                   {"lines", settings.windows.lines},
                   {"score", options.score}};
    if (recipe) {
        addComparison(result, evaluation);
        const Size size = workbench.opened().size(*recipe);
        result["bits_per_weight"] = size.bitsPerWeight();
        result["bytes"] = size.fileBytes;
    }
    return result;
}

Json evaluated(const EvaluateOptions& options, Workbench& workbench,
               const std::optional<Recipe>& recipe)
{
    const EvaluationSettings settings = evaluationSettings(options, workbench.model());
    if (options.depth && !recipe)
        throw Error("evaluate", "--depth compares with the original; give --recipe or --set");
    const bool progress = options.model.progress;
    Json result = workbench.model().graph.readsWholeTexts()
                      ? sentenceResult(workbench, recipe, settings, progress)
                      : evaluatedText(options, workbench, recipe, settings);
    if (options.depth)
        result["depth"] = depthResult(workbench, *recipe, settings, progress);
    return result;
}

std::string windowsText(const Json& result)
{
    const std::string what = result["lines"].get<bool>()       ? "lines"
                             : result["documents"].get<bool>() ? "documents"
                                                               : "windows";
    return result["context"].is_null()
               ? "whole " + what
               : what + " of at most " + result["context"].dump() + " tokens";
}

void printPerplexity(const Json& result)
{
    print("perplexity         %.4f ± %.4f (%s predictions, %s)\n",
          result["perplexity"].get<double>(), result["standard_error"].get<double>(),
          result["tokens"].dump().c_str(), result["engine"].get<std::string>().c_str());
    print("accuracy           %.6f\n", result["accuracy"].get<double>());
    print("windows            %s; errors over %s blocks\n", windowsText(result).c_str(),
          result["blocks"].dump().c_str());
    if (const auto dropped = result["dropped_characters"].get<int64_t>(); dropped > 0)
        print("left out           %lld characters that the vocabulary lacks\n",
              static_cast<long long>(dropped));
    if (!result.contains("kl_mean"))
        return;
    printComparison(result);
    print("size               %.4f bits per weight, %s bytes\n",
          result["bits_per_weight"].get<double>(), result["bytes"].dump().c_str());
}

Json resultOf(const EvaluateOptions& options)
{
    const auto workbench = options.model.open();
    options.given.output.check();
    const auto recipe = options.recipe.readIfGiven(workbench->model(), "safetensors");
    options.recipe.prepare(*workbench, recipe, options.model.progress);
    return options.text.empty() ? givenResult(*workbench, recipe, options.given,
                                              options.model.engine, options.model.progress)
                                : evaluated(options, *workbench, recipe);
}

void printAny(const Json& result)
{
    if (result.contains("inputs"))
        printGiven(result);
    else if (result.contains("examples"))
        printSentences(result);
    else
        printPerplexity(result);
    if (result.contains("depth"))
        printDepth(result["depth"]);
}

Action declareEvaluate(CLI::App& command)
{
    const auto options = std::make_shared<EvaluateOptions>();
    declareEvaluateOptions(command, *options);
    return [options] {
        const Json result = resultOf(*options);
        if (options->model.json)
            printJson(result);
        else
            printAny(result);
        endIfInterrupted("evaluate");
    };
}

} // namespace

Verb evaluateVerb()
{
    return {"evaluate",
            "perplexity or accuracy, and with a recipe how far the quantized model is from the "
            "original",
            "perplexity, standard_error (over blocks of text, a window or part of one each), "
            "tokens, blocks, engine, text, context, windows, documents, score; with a recipe "
            "also original_perplexity, ln_perplexity_ratio (paired token by token), kl_mean, "
            "kl_reverse_mean (quantized to original), top1_agreement, top5_agreement (the "
            "original's top token among the quantized top five), each with _standard_error; "
            "kl_median, kl_p90, kl_p95, kl_p99, kl_p999, kl_maximum, kl_along [{first, last, "
            "predictions, kl}] by the tokens seen before, bits_per_weight, bytes. Classifiers: "
            "examples, cut, engine, text, context, accuracy, f1; with a recipe also "
            "original_accuracy, kl_mean, agreement, each with _standard_error. Embeddings: "
            "cosine_mean, cosine_mean_standard_error, cosine_min. With --depth: depth {engine, "
            "windows, parts [{block, value, sqnr}]}, sqnr in dB, null where nothing differs. "
            "With --inputs: inputs, at, engine, output or outputs {name: numbers}",
            &declareEvaluate};
}

} // namespace bitloom

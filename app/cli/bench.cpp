// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/options.h"
#include "app/cli/terminal.h"
#include "app/cli/verbs.h"

#include "app/engines/engines.h"
#include "app/engines/plain_batch.h"
#include "core/base/error.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/session/opened_model.h"
#include "core/workbench/workbench.h"

#include <CLI/CLI.hpp>
#include <chrono>

namespace bitloom {

namespace {

using Json = nlohmann::ordered_json;

struct BenchOptions {
    ModelOptions model;
    RecipeOptions recipe;
    int64_t tokens = 128;
};

/// Tokens per second of `action`, which runs `tokens`: the best of three after a warm-up.
template <typename Action>
double speed(int64_t tokens, Action action)
{
    double best = 0;
    for (int round = 0; round < 4 && !interrupted(); ++round) {
        const auto start = std::chrono::steady_clock::now();
        action();
        const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
        if (round > 0)
            best = std::max(best, static_cast<double>(tokens) / taken.count());
    }
    return best;
}

/// Sentences of some words, thirty-two at a time as an evaluation has them.
Json measuredSentences(Engine& engine, const Graph& graph)
{
    constexpr int64_t kSentences = 32;
    constexpr int64_t kPositions = 24;
    const TextBatch batch = plainBatch(graph, kSentences, kPositions);
    const double sentences = speed(kSentences, [&] { engine.encode(batch); });
    return {{"engine", engine.id()},
            {"description", engine.description()},
            {"weight_bytes", engine.weightBytes()},
            {"sentences_per_second", sentences},
            {"sentence_tokens", batch.lengths.front()}};
}

Json measuredText(Engine& engine, const Model& model, int64_t wanted)
{
    const int64_t prefill = std::min(wanted, model.graph.contextLength);
    const int64_t decode = std::max<int64_t>(1, prefill / 4);
    const std::vector<int32_t> prompt(static_cast<size_t>(prefill), 1 % model.graph.vocabulary);
    const auto sequence = engine.newSequence(prefill);
    const double prefillSpeed = speed(prefill, [&] {
        sequence->clear();
        engine.run(*sequence, prompt, Rows::Last);
    });
    const double decodeSpeed = speed(decode, [&] {
        sequence->clear();
        for (int64_t i = 0; i < decode; ++i)
            engine.run(*sequence, std::span(prompt).first(1), Rows::Last);
    });
    return {{"engine", engine.id()},
            {"description", engine.description()},
            {"weight_bytes", engine.weightBytes()},
            {"decode_tokens_per_second", decodeSpeed},
            {"prefill_tokens_per_second", prefillSpeed},
            {"decode_tokens", decode},
            {"prefill_tokens", prefill}};
}

void printSpeed(const Json& result)
{
    const std::string name = result["description"].get<std::string>();
    if (result.contains("sentences_per_second"))
        print("%-48s %9.1f sentences/s (%s tokens each)\n", name.c_str(),
              result["sentences_per_second"].get<double>(),
              result["sentence_tokens"].dump().c_str());
    else
        print("%-48s decode %9.1f tokens/s, prefill %9.1f tokens/s (%s tokens)\n", name.c_str(),
              result["decode_tokens_per_second"].get<double>(),
              result["prefill_tokens_per_second"].get<double>(),
              result["prefill_tokens"].dump().c_str());
}

void runBench(const BenchOptions& options)
{
    const auto workbench = options.model.open();
    const Model& model = workbench->model();
    if (!model.graph.runnable())
        throw Error("bench", model.missing);
    {
        TerminalProgress progress(options.model.progress);
        workbench->opened().requireFiniteWeights("bench", progress);
    }
    endIfInterrupted("bench");
    const Recipe recipe = options.recipe.read(model, "safetensors");
    options.recipe.prepare(*workbench, recipe, options.model.progress);
    const Variant weights = workbench->calibration().variant(recipe);
    EngineOptions engineOptions;
    engineOptions.device = options.model.device;
    engineOptions.threads = options.model.threads;
    const EngineFactory engines = makeEngines(engineOptions);
    Json results = Json::array();
    for (const char* id : {"torch", "vulkan"}) {
        if ((!options.model.engine.empty() && options.model.engine != id) || interrupted())
            continue;
        std::string notice;
        const auto engine = engines(workbench->sharedModel(), weights, id, notice);
        printNotice(notice);
        if (engine->id() == id)
            results.push_back(model.graph.readsWholeTexts()
                                  ? measuredSentences(*engine, model.graph)
                                  : measuredText(*engine, model, options.tokens));
    }
    if (options.model.json)
        printJson({{"results", results}});
    else
        for (const Json& result : results)
            printSpeed(result);
    endIfInterrupted("bench");
}

Action declareBench(CLI::App& command)
{
    const auto options = std::make_shared<BenchOptions>();
    options->model.add(command);
    options->model.addEngine(command);
    options->recipe.add(command);
    options->recipe.addCalibration(command);
    command.add_option("--tokens", options->tokens, "of the prompt")
        ->check(CLI::Range(int64_t{1}, kLargestOption))
        ->capture_default_str();
    return [options] { runBench(*options); };
}

} // namespace

Verb benchVerb()
{
    return {"bench", "tokens or sentences per second of every engine",
            "results [{engine, description, weight_bytes, decode_tokens_per_second, "
            "prefill_tokens_per_second, decode_tokens, prefill_tokens}]; encoders: "
            "sentences_per_second, sentence_tokens",
            &declareBench};
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/options.h"
#include "app/cli/terminal.h"
#include "app/cli/verbs.h"

#include <CLI/CLI.hpp>
#include <cstdio>

namespace bitloom {

namespace {

struct GenerateOptions {
    ModelOptions model;
    RecipeOptions recipe;
    GenerateSettings settings;
};

void declare(CLI::App& command, GenerateOptions& options)
{
    options.model.add(command);
    options.model.addEngine(command);
    options.recipe.add(command);
    GenerateSettings& settings = options.settings;
    command.add_option("--prompt", settings.prompt, "the text to continue");
    command.add_option("--tokens", settings.tokens, "how many at most")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    command.add_option("--temperature", settings.temperature, "0: always the most likely token")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    command.add_option("--top-k", settings.topK, "draw from so many likeliest; 0: from all")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    command.add_option("--top-p", settings.topP, "draw from the likeliest with this joint share")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
    command.add_option("--seed", settings.seed, "of the draw")->capture_default_str();
}

/// Prints as it comes.
TokenSink printer(const GenerateOptions& options, int64_t& tokens)
{
    return [&options, &tokens](const std::string& piece, int32_t) {
        ++tokens;
        if (options.model.json)
            return;
        std::fwrite(piece.data(), 1, piece.size(), stdout);
        std::fflush(stdout);
    };
}

void runGenerate(const GenerateOptions& options)
{
    const auto bench = options.model.open();
    const auto recipe = options.recipe.readIfGiven(bench->model(), "any");
    GenerateSettings settings = options.settings;
    settings.engine = options.model.engine;
    TerminalProgress progress(options.model.progress && options.model.json);
    std::string engine;
    std::string notice;
    int64_t tokens = 0;
    if (!options.model.json)
        print("%s", settings.prompt.c_str());
    Progress silent;
    const std::string continuation =
        bench->generate(recipe, settings, printer(options, tokens), progress, engine, notice);
    if (options.model.json)
        printJson({{"text", settings.prompt + continuation},
                   {"prompt", settings.prompt},
                   {"continuation", continuation},
                   {"tokens", tokens},
                   {"engine", engine}});
    else
        print("\n");
    printNotice(notice);
    endIfInterrupted("generate");
}

} // namespace

Action declareGenerate(CLI::App& command)
{
    const auto options = std::make_shared<GenerateOptions>();
    declare(command, *options);
    return [options] { runGenerate(*options); };
}

} // namespace bitloom

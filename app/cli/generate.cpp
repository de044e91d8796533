// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/options.h"
#include "app/cli/terminal.h"
#include "app/cli/verbs.h"

#include "core/analyze/text/plain_text.h"
#include "core/workbench/generation/generation.h"
#include "core/workbench/workbench.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <utility>

namespace bitloom {

namespace {

struct GenerateOptions {
    ModelOptions model;
    RecipeOptions recipe;
    GenerateSettings settings;
};

void declareGenerateOptions(CLI::App& command, GenerateOptions& options)
{
    options.model.add(command);
    options.model.addEngine(command);
    options.recipe.add(command);
    options.recipe.addCalibration(command);
    GenerateSettings& settings = options.settings;
    command.add_option("--prompt", settings.prompt, "the text to continue");
    command.add_option("--tokens", settings.tokens, "how many at most")
        ->check(CLI::Range(int64_t{0}, kLargestOption))
        ->capture_default_str();
    command.add_option("--temperature", settings.temperature, "0: always the most likely token")
        ->check(finiteProblem)
        ->check(CLI::Range(0.0, 1000.0))
        ->capture_default_str();
    command.add_option("--top-k", settings.topK, "draw from so many likeliest; 0: from all")
        ->check(CLI::Range(int64_t{0}, kLargestOption))
        ->capture_default_str();
    command.add_option("--top-p", settings.topP, "draw from the likeliest with this joint share")
        ->check(finiteProblem)
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
    command.add_option("--seed", settings.seed, "of the draw")->capture_default_str();
}

/// Prints as it comes, the prompt in front of the first piece: a failure before it prints nothing.
class Printer {
public:
    explicit Printer(const GenerateOptions& options)
        : m_options(options)
    {
    }
    void show(const std::string& piece)
    {
        ++m_tokens;
        write(piece);
    }
    void finish() { write("\n"); }
    int64_t tokens() const { return m_tokens; }

private:
    void write(const std::string& text)
    {
        if (m_options.model.json)
            return;
        const std::string whole = std::exchange(m_prompt, {}) + text;
        std::fwrite(whole.data(), 1, whole.size(), stdout);
        std::fflush(stdout);
    }

    const GenerateOptions& m_options;
    std::string m_prompt = m_options.settings.prompt;
    int64_t m_tokens = 0;
};

void runGenerate(const GenerateOptions& options)
{
    requireUtf8(options.settings.prompt, "the prompt");
    const auto workbench = options.model.open();
    const auto recipe = options.recipe.readIfGiven(workbench->model(), "safetensors");
    options.recipe.prepare(*workbench, recipe, options.model.progress);
    GenerateSettings settings = options.settings;
    settings.engine = options.model.engine;
    TerminalProgress progress(options.model.progress && options.model.json);
    Printer printer(options);
    EngineUse used;
    const std::string continuation = workbench->generation().generate(
        recipe, settings, [&](const std::string& piece, int32_t) { printer.show(piece); }, progress,
        used);
    printer.finish();
    if (options.model.json)
        printJson({{"text", settings.prompt + continuation},
                   {"prompt", settings.prompt},
                   {"continuation", continuation},
                   {"tokens", printer.tokens()},
                   {"engine", used.id}});
    printNotice(used.notice);
    endIfInterrupted("generate");
}

Action declareGenerate(CLI::App& command)
{
    const auto options = std::make_shared<GenerateOptions>();
    declareGenerateOptions(command, *options);
    return [options] { runGenerate(*options); };
}

} // namespace

Verb generateVerb()
{
    return {"generate", "continues a prompt", "text, prompt, continuation, tokens, engine",
            &declareGenerate};
}

} // namespace bitloom

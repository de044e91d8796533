// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/options.h"
#include "app/cli/output_options.h"
#include "app/cli/tensor_files.h"
#include "app/cli/terminal.h"
#include "app/cli/texts.h"
#include "app/cli/verbs.h"
#include "core/workbench/generation/generation.h"
#include "core/workbench/workbench.h"

#include <CLI/CLI.hpp>

namespace bitloom {

namespace {

struct EmbedOptions {
    ModelOptions model;
    RecipeOptions recipe;
    std::string text;
    OutputOptions output;
};

void runEmbed(const EmbedOptions& options)
{
    const auto workbench = options.model.open();
    options.output.check();
    const auto recipe = options.recipe.readIfGiven(workbench->model(), "safetensors");
    options.recipe.prepare(*workbench, recipe, options.model.progress);
    const LabelledText sentences =
        readLabelledText(readText(options.text), workbench->model().graph.labels, options.text);
    EngineUse used;
    Embeddings embedded;
    {
        TerminalProgress progress(options.model.progress, OnStop::KeepsNothing);
        embedded =
            workbench->generation().embed(recipe, sentences, options.model.engine, progress, used);
    }
    printNotice(used.notice);
    if (!embedded.complete)
        endIfInterrupted("embed"); // half a file would pass for a whole one
    const int64_t lines = embedded.rows.rows;
    const int64_t width = embedded.rows.columns;
    writeTensors(options.output.file(), {{"embeddings", std::move(embedded.rows), false}});
    if (options.model.json)
        printJson({{"path", options.output.path},
                   {"lines", lines},
                   {"width", width},
                   {"cut", embedded.cut},
                   {"engine", used.id}});
    else
        print("%lld lines of %lld numbers written to %s, %lld lines cut (%s)\n",
              static_cast<long long>(lines), static_cast<long long>(width),
              options.output.path.c_str(), static_cast<long long>(embedded.cut), used.id.c_str());
}

Action declareEmbed(CLI::App& command)
{
    const auto options = std::make_shared<EmbedOptions>();
    options->model.add(command);
    options->model.addEngine(command);
    options->recipe.add(command);
    options->recipe.addCalibration(command);
    command.add_option("--text", options->text, "one sentence a line")->required();
    options->output.add(command, "the safetensors file to write")->required();
    return [options] { runEmbed(*options); };
}

} // namespace

Verb embedVerb()
{
    return {"embed", "what an encoder makes of every line of a text",
            "path, lines, width, cut, engine", &declareEmbed};
}

} // namespace bitloom

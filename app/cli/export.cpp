// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/options.h"
#include "app/cli/output_options.h"
#include "app/cli/terminal.h"
#include "app/cli/verbs.h"
#include "core/workbench/evaluation/exports.h"
#include "core/workbench/workbench.h"

#include <CLI/CLI.hpp>

namespace bitloom {

namespace {

struct ExportOptions {
    ModelOptions model;
    RecipeOptions recipe;
    std::string format;
    OutputOptions output;
};

void runExport(const ExportOptions& options)
{
    const auto workbench = options.model.open();
    options.output.check();
    const Recipe recipe = options.recipe.read(workbench->model(), targetNamed(options.format).id);
    options.recipe.prepare(*workbench, recipe, options.model.progress);
    const std::string format = targetNamed(options.format).id;
    ExportReport report;
    {
        TerminalProgress progress(options.model.progress);
        report = workbench->exports().exportModel(recipe, format, options.output.file(), progress);
    }
    if (!report.complete)
        endIfInterrupted("export");
    if (options.model.json)
        printJson({{"path", report.path},
                   {"format", format},
                   {"bytes", report.bytes},
                   {"tensors_verified", report.tensorsVerified},
                   {"left_out", report.leftOut}});
    else
        print("Exported %s: %lld bytes, %lld tensors read back and equal bit for bit\n",
              report.path.c_str(), static_cast<long long>(report.bytes),
              static_cast<long long>(report.tensorsVerified));
    for (const std::string& sentence : report.leftOut)
        printNotice(sentence);
}

Action declareExport(CLI::App& command)
{
    const auto options = std::make_shared<ExportOptions>();
    options->model.add(command);
    options->recipe.add(command);
    options->recipe.addCalibration(command);
    command.add_option("--format", options->format, "what is written: gguf or safetensors")
        ->required()
        ->check(targetUnknown);
    options->output.add(command, "the file to write")->required();
    return [options] { runExport(*options); };
}

} // namespace

Verb exportVerb()
{
    return {"export", "writes a file, reads it back and compares it bit for bit",
            "path, format, bytes, tensors_verified, left_out [sentences: what the format has no "
            "place for]",
            &declareExport};
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/output_options.h"

#include "core/base/error.h"

#include <CLI/CLI.hpp>

namespace bitloom {

namespace {

using Inputs = std::vector<std::unique_ptr<FileInUse>>;

/// Only where a recipe is written may it be the one that was read.
bool writesRecipe(const CLI::App& command)
{
    return command.get_name() == "fit";
}

void addInputs(const CLI::App& command, Inputs& inputs)
{
    for (const CLI::Option* option : command.get_options()) {
        if (option->check_name("--output") ||
            (option->check_name("--recipe") && writesRecipe(command)))
            continue;
        for (const std::string& value : option->results())
            inputs.push_back(std::make_unique<FileInUse>(value));
    }
    for (const CLI::App* group : command.get_subcommands([](const CLI::App*) { return true; }))
        addInputs(*group, inputs);
}

} // namespace

CLI::Option* OutputOptions::add(CLI::App& command, const std::string& what)
{
    command.add_flag("--force", force, "replace the output file where it is already there");
    return command.add_option("-o,--output", path, what)
        ->check(CLI::Validator(
            [](const std::string& name) {
                return name.empty() ? std::string("a file to write needs a name") : std::string();
            },
            ""));
}

void OutputOptions::check() const
{
    if (!given())
        return;
    requireWritable({path});
    if (!force && stampOf(path))
        throw Error("write", path + " is already there; --force replaces it");
    if (const std::string hidden = hiddenBy(path); !force && !hidden.empty())
        throw Error("write",
                    path + " would hide the model of " + hidden +
                        " beside it; name another file, or --force writes it all the same");
    requireWritable(file());
}

std::vector<std::unique_ptr<FileInUse>> inputsOf(const CLI::App& command)
{
    std::vector<std::unique_ptr<FileInUse>> inputs;
    addInputs(command, inputs);
    return inputs;
}

} // namespace bitloom

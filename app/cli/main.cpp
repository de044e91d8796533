// SPDX-License-Identifier: GPL-3.0-or-later
// bitloom-cli: every verb of the workbench without a window. Exit status: 0; 1 with one sentence on
// standard error; 2 for wrong usage.
#include "app/cli/options.h"
#include "app/cli/output_options.h"
#include "app/cli/terminal.h"
#include "app/cli/verbs.h"
#include "core/base/sentence.h"

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <exception>
#include <functional>
#include <map>
#include <new>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace bitloom;

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

struct Spelling {
    std::string_view before;
    std::string_view now;
};
/// What verbs and options were called in earlier versions: that goes on working, though no help
/// names it.
constexpr std::array kOldVerbs = {Spelling{"eval", "evaluate"}};
constexpr std::array kOldOptions = {Spelling{"--round", "--activation"},
                                    Spelling{"--rounding", "--activation-scheme"}};

/// An option stands alone, or before = and its value.
std::string optionOfToday(const std::string& word)
{
    const std::string name = word.substr(0, word.find('='));
    for (const auto& [before, now] : kOldOptions)
        if (name == before)
            return std::string(now) + word.substr(name.size());
    return word;
}

/// The words of the command line, the last one first, as CLI11 takes them.
std::vector<std::string> wordsOfToday(int argc, char** argv)
{
    std::vector<std::string> words;
    for (int i = argc - 1; i > 0; --i)
        words.push_back(optionOfToday(argv[i]));
    for (const auto& [before, now] : kOldVerbs)
        if (!words.empty() && words.back() == before)
            words.back() = now;
    return words;
}

void declareVerbs(CLI::App& program, std::map<const CLI::App*, Action>& actions)
{
    for (const Verb& verb : verbs()) {
        CLI::App* command = program.add_subcommand(verb.name, verb.summary);
        actions[command] = verb.declare(*command);
        command->footer(std::string("JSON: ") + verb.json + "\n");
    }
}

int runProgram(CLI::App& program, int argc, char** argv)
{
    std::map<const CLI::App*, Action> actions;
    declareVerbs(program, actions);
    try {
        program.parse(wordsOfToday(argc, argv));
    } catch (const CLI::ParseError& error) {
        return program.exit(error) == 0 ? 0 : kWrongUsage;
    }
    for (const CLI::App* command : program.get_subcommands()) {
        const auto inputs = inputsOf(*command);
        actions.at(command)();
    }
    return 0;
}

/// Buffered output can fail as late as here (a full disk, a closed pipe).
int flushed(int status)
{
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0)
        return status;
    std::fputs("Standard output could not be written to.\n", stderr);
    return kFailed;
}

} // namespace

int main(int argc, char** argv)
{
    stopPolitelyOnInterrupt();
    try {
        CLI::App program("Quantize neural language models: look, measure, fit, evaluate, export.",
                         "bitloom-cli");
        program.set_version_flag("--version", "bitloom " BITLOOM_VERSION);
        program.require_subcommand(1);
        program.footer(tablesHelp);
        return flushed(runProgram(program, argc, argv));
    } catch (const std::bad_alloc&) {
        std::fputs("There is not enough memory for this model.\n", stderr);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", plainSentence(error.what()).c_str());
    }
    return flushed(kFailed);
}

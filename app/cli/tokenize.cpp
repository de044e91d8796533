// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/options.h"
#include "app/cli/terminal.h"
#include "app/cli/texts.h"
#include "app/cli/verbs.h"

#include "core/analyze/text/plain_text.h"
#include "core/base/error.h"

#include <CLI/CLI.hpp>

namespace bitloom {

namespace {

struct TokenizeOptions {
    ModelOptions model;
    std::string prompt;
    std::string text;
    bool bare = false;
};

void runTokenize(const TokenizeOptions& options)
{
    const auto workbench = options.model.open();
    // Also of a network that cannot run, or that lacks some of the tokens.
    auto data = readTokenizerData(workbench->model().checkpoint);
    if (!data)
        throw Error("tokenize", workbench->model().name + " comes without a tokenizer");
    const auto tokenizer = makeTokenizer(std::move(*data));
    requireUtf8(options.prompt, "the prompt");
    const std::string text = options.text.empty() ? options.prompt : readText(options.text);
    const std::vector<int32_t> ids = tokenizer->encode(text, !options.bare);
    if (options.model.json)
        printJson({{"ids", ids}, {"count", ids.size()}});
    else
        for (const int32_t id : ids)
            print("%d\n", id);
}

Action declareTokenize(CLI::App& command)
{
    const auto options = std::make_shared<TokenizeOptions>();
    options->model.add(command);
    CLI::Option_group* source = command.add_option_group("source", "exactly one of these");
    source->add_option("--prompt", options->prompt, "the text itself");
    source->add_option("--text", options->text, "a file");
    source->require_option(1);
    command.add_flag("--no-special", options->bare, "neither BOS nor EOS");
    return [options] { runTokenize(*options); };
}

} // namespace

Verb tokenizeVerb()
{
    return {"tokenize", "token ids of a text", "ids, count", &declareTokenize};
}

} // namespace bitloom

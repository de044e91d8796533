// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/texts.h"

#include "app/cli/terminal.h"
#include "core/analyze/text/plain_text.h"
#include "core/base/error.h"
#include "core/workbench/session/text_match.h"
#include "core/workbench/settings/evaluation.h"

namespace bitloom {

std::string readText(const std::string& path)
{
    PlainText read = readPlainText(path);
    printNotice(read.note);
    return std::move(read.text);
}

int64_t windowOf(const Model& model, int64_t asked, int64_t most)
{
    const int64_t context = model.graph.contextLength;
    if (!model.runnable())
        return asked > 0 ? asked : most; // the verb will say why
    if (asked > context)
        throw Error("text", "a window of " + std::to_string(asked) +
                                " tokens does not fit this model, which reads at most " +
                                std::to_string(context));
    if (asked > 0)
        return asked;
    const int64_t window = usualWindow(context, most);
    const std::string examples = examplesOf(model.graph, window);
    printNotice(context == kNoLastPosition ? "Taking " + examples + "; --context chooses."
                                           : "Taking " + examples + "; the model reads " +
                                                 std::to_string(context) + ", --context chooses.");
    return window;
}

std::string tellText(const char* use, const Model& model, const std::string& text,
                     const std::string& name)
{
    if (!model.runnable())
        return {}; // which the verb will say
    TextMatch match = matchText(model, text, name);
    printNotice(std::string(use) + ": " + name + ", " + match.kind + ".");
    if (!match.warning.empty())
        printNotice("Warning: " + match.warning + ".");
    return std::move(match.warning);
}

} // namespace bitloom

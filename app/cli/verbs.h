// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace bitloom {

/// What a verb does once its options are read; called once. Errors go to main.
using Action = std::function<void()>;

/// A row of the verbs table. `declare` adds the verb's options to its subcommand.
struct Verb {
    const char* name;
    const char* summary;
    const char* json; ///< the schema of its --json output, for --help
    Action (*declare)(CLI::App& command);
};
const std::vector<Verb>& verbs();

Action declareInfo(CLI::App& command);
Action declareStats(CLI::App& command);
Action declareSensitivity(CLI::App& command);
Action declareLab(CLI::App& command);
Action declareMeasure(CLI::App& command);
Action declareFit(CLI::App& command);
Action declareCompare(CLI::App& command);
Action declareEval(CLI::App& command);
Action declareEmbed(CLI::App& command);
Action declareGenerate(CLI::App& command);
Action declareExport(CLI::App& command);
Action declareBench(CLI::App& command);
Action declareReport(CLI::App& command);
Action declareTokenize(CLI::App& command);

} // namespace bitloom

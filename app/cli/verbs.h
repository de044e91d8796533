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

/// A row of the verbs table; each is made beside the code that prints its JSON. `declare` adds the
/// verb's options to its subcommand.
struct Verb {
    const char* name;
    const char* summary;
    const char* json; ///< the schema of its --json output, for --help
    Action (*declare)(CLI::App& command);
};
const std::vector<Verb>& verbs();

Verb infoVerb();
Verb statsVerb();
Verb sensitivityVerb();
Verb labVerb();
Verb measureVerb();
Verb fitVerb();
Verb compareVerb();
Verb evaluateVerb();
Verb embedVerb();
Verb generateVerb();
Verb exportVerb();
Verb benchVerb();
Verb reportVerb();
Verb tokenizeVerb();

} // namespace bitloom

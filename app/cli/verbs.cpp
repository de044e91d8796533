// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/verbs.h"

namespace bitloom {

const std::vector<Verb>& verbs()
{
    static const std::vector<Verb> kVerbs = {
        infoVerb(),   statsVerb(),   sensitivityVerb(), labVerb(),      measureVerb(),
        fitVerb(),    compareVerb(), evaluateVerb(),    embedVerb(),    generateVerb(),
        exportVerb(), benchVerb(),   reportVerb(),      tokenizeVerb(),
    };
    return kVerbs;
}

} // namespace bitloom

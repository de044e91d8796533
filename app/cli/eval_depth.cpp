// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/eval_parts.h"
#include "app/cli/terminal.h"
#include "core/workbench/evaluation/evaluations.h"
#include "core/workbench/workbench.h"

namespace bitloom {

using Json = nlohmann::ordered_json;

Json evalDepth(Workbench& bench, const Recipe& recipe, const JudgeSettings& settings, bool progress)
{
    ErrorGrowth growth;
    {
        TerminalProgress shown(progress);
        growth = bench.evaluations().errorGrowth(recipe, settings, shown);
    }
    Json parts = Json::array();
    for (const PartError& part : growth.parts)
        parts.push_back({{"block", part.block < 0 ? Json() : Json(part.block)},
                         {"value", bench.model().graph.value(part.value).name},
                         {"sqnr", part.sqnr ? Json(*part.sqnr) : Json()}});
    return {{"engine", "torch"}, {"windows", growth.windows}, {"parts", parts}};
}

void printDepth(const Json& depth)
{
    print("signal to error    dB after each part, over %s windows (torch)\n",
          depth["windows"].dump().c_str());
    for (const Json& part : depth["parts"]) {
        const std::string value = part["value"].get<std::string>();
        if (part["sqnr"].is_null())
            print("  %-32s no error\n", value.c_str());
        else
            print("  %-32s %.2f\n", value.c_str(), part["sqnr"].get<double>());
    }
}

} // namespace bitloom

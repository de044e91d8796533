// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/evaluate_results.h"
#include "app/cli/terminal.h"
#include "core/workbench/evaluation/evaluations.h"
#include "core/workbench/workbench.h"

namespace bitloom {

using Json = nlohmann::ordered_json;

Json depthResult(Workbench& workbench, const Recipe& recipe, const EvaluationSettings& settings,
                 bool progress)
{
    ErrorGrowth growth;
    {
        TerminalProgress shown(progress);
        growth = workbench.evaluations().errorGrowth(recipe, settings, shown);
    }
    Json segments = Json::array();
    for (const SegmentError& segment : growth.segments)
        segments.push_back({{"block", segment.block < 0 ? Json() : Json(segment.block)},
                            {"value", workbench.model().graph.value(segment.value).name},
                            {"sqnr", segment.sqnr ? Json(*segment.sqnr) : Json()}});
    return {{"engine", "torch"}, {"windows", growth.windows}, {"parts", segments}};
}

void printDepth(const Json& depth)
{
    print("signal to error    dB after each block, over %s windows (torch)\n",
          depth["windows"].dump().c_str());
    for (const Json& segment : depth["parts"]) {
        const std::string value = segment["value"].get<std::string>();
        if (segment["sqnr"].is_null())
            print("  %-32s no error\n", value.c_str());
        else
            print("  %-32s %.2f\n", value.c_str(), segment["sqnr"].get<double>());
    }
}

} // namespace bitloom

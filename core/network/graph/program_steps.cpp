// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/graph/program_steps.h"

#include "core/base/error.h"

#include <algorithm>

namespace bitloom {

std::vector<Step> stepsBehind(const Graph& graph, const Program& program, int value)
{
    std::vector<bool> wanted(graph.values.size());
    wanted[static_cast<size_t>(program.output)] = true;
    wanted[static_cast<size_t>(value)] = false;
    std::vector<Step> steps;
    for (auto step = program.steps.rbegin(); step != program.steps.rend(); ++step) {
        if (!wanted[static_cast<size_t>(step->output)])
            continue;
        for (const int input : step->inputs)
            wanted[static_cast<size_t>(input)] = input != value;
        steps.push_back(*step);
    }
    if (wanted[static_cast<size_t>(program.input)])
        throw Error("network", "from " + graph.value(value).name +
                                   " alone the output cannot be computed: " +
                                   graph.value(program.input).name + " would be needed too");
    std::reverse(steps.begin(), steps.end());
    return steps;
}

} // namespace bitloom

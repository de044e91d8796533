// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/graph/program_segments.h"

namespace bitloom {

namespace {

/// Of every value: the first step behind which it is not needed any more; 0: nobody needs it.
std::vector<size_t> endsOfUse(const Graph& graph, const Program& program)
{
    std::vector<size_t> ends(graph.values.size(), 0);
    for (size_t i = 0; i < program.steps.size(); ++i)
        for (const int value : program.steps[i].inputs)
            ends[static_cast<size_t>(value)] = i;
    ends[static_cast<size_t>(program.output)] = program.steps.size();
    return ends;
}

/// The one value that is needed behind the first `count` steps; -1: there are several.
int onlyValueAfter(const Program& program, const std::vector<size_t>& ends, size_t count)
{
    int found = -1;
    const auto needed = [&](int value) { return ends[static_cast<size_t>(value)] >= count; };
    if (needed(program.input))
        found = program.input;
    for (size_t i = 0; i < count; ++i) {
        const int value = program.steps[i].output;
        if (!needed(value))
            continue;
        if (found >= 0)
            return -1;
        found = value;
    }
    return found;
}

} // namespace

std::vector<Program> segmentsOf(const Graph& graph, const Program& program)
{
    const std::vector<size_t> ends = endsOfUse(graph, program);
    std::vector<Program> segments;
    Program segment = program;
    segment.steps.clear();
    for (size_t i = 0; i < program.steps.size(); ++i) {
        segment.steps.push_back(program.steps[i]);
        const bool last = i + 1 == program.steps.size();
        if (last || program.steps[i].block == program.steps[i + 1].block)
            continue;
        const int value = onlyValueAfter(program, ends, i + 1);
        if (value < 0)
            continue;
        segment.output = value;
        segments.push_back(segment);
        segment = Program{program.name, {}, value, program.output, /*readsTokens=*/false};
    }
    segment.output = program.output;
    segments.push_back(segment);
    return segments;
}

Program joined(const Program& first, const Program& second)
{
    Program both = first;
    both.steps.insert(both.steps.end(), second.steps.begin(), second.steps.end());
    both.output = second.output;
    return both;
}

} // namespace bitloom

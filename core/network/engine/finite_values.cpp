// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/engine/finite_values.h"

#include "core/base/error.h"
#include "core/base/finite.h"

namespace bitloom {

namespace {

std::string placeIn(MatrixView rows, int64_t at)
{
    return "row " + std::to_string(at / rows.columns) + ", column " +
           std::to_string(at % rows.columns) + " is " + notFiniteText(rows.data[at]);
}

/// ", computed by linear from model.layers.0.self_attn.q_proj (int4-g32-sym)"
std::string originOf(const Graph& graph, int value, const StoredAs& storedAs)
{
    for (const Program& program : graph.programs)
        for (const Step& step : program.steps) {
            if (step.output != value)
                continue;
            std::string text = ", computed by " + std::string(step.operation);
            for (size_t i = 0; i < step.slots.size(); ++i) {
                text += (i == 0 ? " from " : ", ");
                text += graph.slot(step.slots[i]).name;
                if (const std::string_view scheme = storedAs(step.slots[i]); !scheme.empty())
                    text.append(" (").append(scheme).append(")");
            }
            return text;
        }
    return {};
}

std::span<const float> allOf(MatrixView rows)
{
    return {rows.data, static_cast<size_t>(rows.size())};
}

} // namespace

void requireFiniteValue(const Graph& graph, int value, MatrixView rows, const StoredAs& storedAs)
{
    const int64_t at = firstNotFinite(allOf(rows));
    if (at >= 0)
        throw Error("network", "the first value that is not finite is " + graph.value(value).name +
                                   ": " + placeIn(rows, at) + originOf(graph, value, storedAs));
}

void refuseOutput(std::string_view operation)
{
    throw Error(operation, "what the network computes is not finite");
}

void requireFiniteOutput(MatrixView rows, std::string_view operation)
{
    const int64_t at = firstNotFinite(allOf(rows));
    if (at >= 0)
        throw Error(operation, "what the network computes is not finite: " + placeIn(rows, at));
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/quantize/transforms/transform.h"

#include <algorithm>
#include <functional>
#include <set>

namespace bitloom {

// Each row stands in a file of its own.
Transform smoothQuant();

namespace {

Error transformError(const std::string& cause)
{
    return {"transform", cause};
}

/// A parameter's own name, or that of a value of the network: then the first parameter's range.
const Parameter& parameterNamed(const Transform& transform, const std::string& name)
{
    if (const Parameter* parameter = findParameter(transform.parameters, name))
        return *parameter;
    if (!transform.parameters.empty() && name.find('.') != std::string::npos)
        return transform.parameters.front();
    throw transformError(std::string(transform.title) + " has no parameter \"" + name + "\"");
}

/// Factors that come one after the other become one.
void multiplyInto(std::map<int, std::vector<float>>& all,
                  const std::map<int, std::vector<float>>& more)
{
    for (const auto& [place, factors] : more) {
        std::vector<float>& product = all.try_emplace(place, factors.size(), 1.0F).first->second;
        std::ranges::transform(product, factors, product.begin(), std::multiplies<>());
    }
}

} // namespace

const std::vector<Transform>& transforms()
{
    static const std::vector<Transform> rows = {smoothQuant()};
    return rows;
}

const Transform& transformNamed(std::string_view id)
{
    std::string known;
    for (const Transform& row : transforms()) {
        if (row.id == id)
            return row;
        known += (known.empty() ? "" : ", ") + std::string(row.id);
    }
    throw transformError("there is no transform \"" + std::string(id) + "\"; known are " + known);
}

TransformStep parseTransform(const std::string& text)
{
    const Transform& row = transformNamed(text.substr(0, text.find(':')));
    TransformStep step = parseRowChoice(text, row.parameters.empty() ? std::string_view()
                                                                     : row.parameters.front().name);
    requireValid(step);
    return step;
}

void requireValid(const TransformStep& step)
{
    const Transform& row = transformNamed(step.id);
    for (const auto& [name, number] : step.parameters)
        requireInRange(row.title, name, parameterNamed(row, name), number);
}

std::string transformProblem(const Graph& graph, const std::vector<TransformStep>& steps)
{
    std::set<std::string> seen;
    for (const TransformStep& step : steps) {
        const Transform& row = transformNamed(step.id);
        if (!seen.insert(step.id).second)
            return std::string(row.title) + " is asked for twice.";
        const TransformScope scope = row.scope(graph);
        for (const auto& [name, number] : step.parameters)
            if (!findParameter(row.parameters, name) &&
                !std::ranges::binary_search(scope.values, graph.findValue(name)))
                return std::string(row.title) + " cannot be given " + name +
                       ": there is nothing of that name that it scales.";
        if (scope.slots.empty())
            return std::string(row.title) + " finds no norm that matrices alone read" +
                   (scope.leftOut.empty() ? "." : ": " + scope.leftOut.front());
    }
    return {};
}

std::vector<int> transformedSlots(const Graph& graph, const std::vector<TransformStep>& steps)
{
    std::set<int> all;
    for (const TransformStep& step : steps) {
        const TransformScope scope = transformNamed(step.id).scope(graph);
        all.insert(scope.slots.begin(), scope.slots.end());
    }
    return {all.begin(), all.end()};
}

std::string schemeUnder(const std::vector<int>& transformed, int slot, const std::string& chosen)
{
    return chosen.empty() && std::ranges::binary_search(transformed, slot) ? "f32" : chosen;
}

std::vector<int> transformedValues(const Graph& graph, const std::vector<TransformStep>& steps)
{
    std::set<int> all;
    for (const TransformStep& step : steps) {
        const TransformScope scope = transformNamed(step.id).scope(graph);
        all.insert(scope.values.begin(), scope.values.end());
    }
    return {all.begin(), all.end()};
}

TransformPlan planOf(const Model& model, const InputMoments& inputs,
                     const std::vector<TransformStep>& steps, Progress& progress)
{
    TransformPlan all;
    for (const TransformStep& step : steps) {
        const TransformPlan plan = transformNamed(step.id).plan(model, inputs, step, progress);
        multiplyInto(all.columns, plan.columns);
        multiplyInto(all.values, plan.values);
    }
    return all;
}

} // namespace bitloom

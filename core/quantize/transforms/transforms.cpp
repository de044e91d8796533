// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/quantize/transforms/transform.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

namespace bitloom {

// Each row stands in a file of its own.
Transform smoothQuant();

namespace {

Error transformError(const std::string& cause)
{
    return {"transform", cause};
}

bool isParameter(const Transform& transform, const std::string& name)
{
    return std::ranges::any_of(transform.parameters, [&](const TransformParameter& parameter) {
        return parameter.name == name;
    });
}

/// A parameter's own name, or that of a value of the network: then the first parameter's range.
const TransformParameter& parameterNamed(const Transform& transform, const std::string& name)
{
    for (const TransformParameter& parameter : transform.parameters)
        if (parameter.name == name)
            return parameter;
    if (!transform.parameters.empty() && name.find('.') != std::string::npos)
        return transform.parameters.front();
    throw transformError(std::string(transform.title) + " has no parameter \"" + name + "\"");
}

double numberFrom(const std::string& text)
{
    double number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc() || end != text.data() + text.size())
        throw transformError("\"" + text + "\" is not a number");
    return number;
}

std::string shortest(double number)
{
    std::string text(32, '\0');
    const auto [end, problem] = std::to_chars(text.data(), text.data() + text.size(), number);
    text.resize(static_cast<size_t>(end - text.data()));
    return text;
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
    const size_t colon = std::min(text.find(':'), text.size());
    TransformStep step{text.substr(0, colon), {}};
    const Transform& row = transformNamed(step.id);
    for (size_t from = colon + 1; from <= text.size() && colon < text.size();) {
        const size_t to = std::min(text.find(',', from), text.size());
        const std::string part = text.substr(from, to - from);
        const size_t equals = part.rfind('=');
        if (equals != std::string::npos)
            step.parameters[part.substr(0, equals)] = numberFrom(part.substr(equals + 1));
        else if (row.parameters.empty())
            throw transformError(std::string(row.title) + " has no parameters");
        else
            step.parameters[std::string(row.parameters.front().name)] = numberFrom(part);
        from = to + 1;
    }
    requireValid(step);
    return step;
}

std::string transformText(const TransformStep& step)
{
    std::string text = step.id;
    for (const auto& [name, number] : step.parameters)
        text += (text.size() == step.id.size() ? ":" : ",") + name + "=" + shortest(number);
    return text;
}

void requireValid(const TransformStep& step)
{
    const Transform& row = transformNamed(step.id);
    for (const auto& [name, number] : step.parameters) {
        const TransformParameter& parameter = parameterNamed(row, name);
        if (!(number >= parameter.least && number <= parameter.most))
            throw transformError(name + " of " + std::string(row.title) + " is " +
                                 shortest(number) + ", which is not between " +
                                 shortest(parameter.least) + " and " + shortest(parameter.most));
    }
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
            if (!isParameter(row, name) &&
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

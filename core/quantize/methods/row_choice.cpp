// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/methods/row_choice.h"

#include "core/base/error.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

namespace bitloom {

namespace {

double numberFrom(const std::string& text)
{
    double number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc() || end != text.data() + text.size())
        throw Error("recipe", "\"" + text + "\" is not a number");
    return number;
}

std::string shortest(double number)
{
    std::string text(32, '\0');
    const auto [end, problem] = std::to_chars(text.data(), text.data() + text.size(), number);
    text.resize(static_cast<size_t>(end - text.data()));
    return text;
}

/// Of "name=number", or of a number alone, which is of `first`.
std::pair<std::string, double> parameterFrom(const std::string& part, std::string_view first)
{
    const size_t equals = part.rfind('=');
    if (equals != std::string::npos)
        return {part.substr(0, equals), numberFrom(part.substr(equals + 1))};
    if (part.empty() || first.empty())
        throw Error("recipe", "\"" + part + "\" stands where name=number is meant to be");
    return {std::string(first), numberFrom(part)};
}

} // namespace

double RowChoice::number(const std::string& name, double otherwise) const
{
    const auto found = parameters.find(name);
    return found == parameters.end() ? otherwise : found->second;
}

RowChoice parseRowChoice(const std::string& text, std::string_view first)
{
    const size_t colon = std::min(text.find(':'), text.size());
    RowChoice choice{text.substr(0, colon), {}};
    for (size_t from = colon + 1; from <= text.size() && colon < text.size();) {
        const size_t to = std::min(text.find(',', from), text.size());
        const std::string part = text.substr(from, to - from);
        if (!choice.parameters.insert(parameterFrom(part, first)).second)
            throw Error("recipe", "\"" + part + "\" gives a number that was given before");
        from = to + 1;
    }
    return choice;
}

std::string rowChoiceText(const RowChoice& choice)
{
    std::string text = choice.id;
    for (const auto& [name, number] : choice.parameters)
        text += (text.size() == choice.id.size() ? ":" : ",") + name + "=" + shortest(number);
    return text;
}

void requireInRange(std::string_view title, std::string_view name, const Parameter& parameter,
                    double number)
{
    if (!(number >= parameter.least && number <= parameter.most))
        throw Error("recipe", std::string(name) + " of " + std::string(title) + " is " +
                                  shortest(number) + ", which is not between " +
                                  shortest(parameter.least) + " and " + shortest(parameter.most));
    if (parameter.whole && number != std::floor(number))
        throw Error("recipe", std::string(name) + " of " + std::string(title) + " is " +
                                  shortest(number) + ", which is not a whole number");
}

const Parameter* findParameter(std::span<const Parameter> parameters, std::string_view name)
{
    const auto found = std::ranges::find(parameters, name, &Parameter::name);
    return found == parameters.end() ? nullptr : &*found;
}

} // namespace bitloom

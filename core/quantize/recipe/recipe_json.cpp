// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/quantize/corrections/correction.h"
#include "core/quantize/methods/method.h"
#include "core/quantize/recipe/recipe.h"
#include "core/quantize/transforms/transform.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace bitloom {

namespace {

using nlohmann::json;

constexpr std::string_view kFormat = "bitloom-recipe";
constexpr int kVersion = 1;

Error recipeError(const std::string& cause)
{
    return {"recipe", cause};
}

std::string onOneLine(const json& value)
{
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// An object with a member on each line.
template <class Member>
std::string linesOf(const std::map<std::string, Member>& members)
{
    std::string text;
    for (const auto& [name, member] : members)
        text += (text.empty() ? "\n    " : ",\n    ") + onOneLine(name) + ": " + onOneLine(member);
    return "{" + text + (text.empty() ? "}" : "\n  }");
}

void put(json& line, const char* name, const std::string& text)
{
    if (!text.empty())
        line[name] = text;
}

template <class Wanted>
void put(json& line, const char* name, const std::optional<Wanted>& number)
{
    if (number)
        line[name] = *number;
}

json toJson(const RowChoice& choice)
{
    json line = json::object();
    line["id"] = choice.id;
    for (const auto& [name, number] : choice.parameters)
        line[name] = number;
    return line;
}

void put(json& line, const char* name, const std::optional<CorrectionStep>& step)
{
    if (step)
        line[name] = toJson(*step);
}

void put(json& line, const char* name, const std::map<std::string, double>& numbers)
{
    if (!numbers.empty())
        line[name] = numbers;
}

json choiceToJson(const SlotChoice& choice)
{
    json line = json::object();
    forEachField(choice.encoding(),
                 [&](const char* name, const auto& field) { put(line, name, field); });
    if (choice.scheme.empty() && choice.method == kDefaultMethod)
        line.erase("method");
    if (choice.fit.locked)
        line["locked"] = true;
    put(line, "least_bits", choice.fit.leastBits);
    put(line, "most_bits", choice.fit.mostBits);
    return line;
}

/// A member of the wanted kind, or `fallback` when it is absent.
template <class Wanted>
Wanted member(const json& object, const std::string& key, const std::string& where, Wanted fallback)
{
    const auto found = object.find(key);
    if (found == object.end())
        return fallback;
    try {
        return found->get<Wanted>();
    } catch (const json::exception&) {
        throw recipeError("\"" + key + "\" of " + where + " is " + onOneLine(*found) +
                          ", which is of the wrong kind");
    }
}

void take(const json& line, const char* name, const std::string& where, std::string& text)
{
    text = member<std::string>(line, name, where, text);
}

void take(const json& line, const char* name, const std::string& where,
          std::optional<double>& number)
{
    if (line.contains(name))
        number = member<double>(line, name, where, 0);
}

/// `what`: "a transform".
RowChoice rowChoiceFromJson(const json& line, const std::string& what)
{
    if (!line.is_object())
        throw recipeError(what + " is " + onOneLine(line) + " and not an object");
    RowChoice choice{member<std::string>(line, "id", what, ""), {}};
    for (const auto& item : line.items())
        if (item.key() != "id")
            choice.parameters[item.key()] = member<double>(line, item.key(), choice.id, 0);
    return choice;
}

void take(const json& line, const char* name, const std::string& where,
          std::optional<CorrectionStep>& step)
{
    if (!line.contains(name))
        return;
    step = completeCorrection(rowChoiceFromJson(line.at(name), "the correction of " + where));
}

void take(const json& line, const char* name, const std::string& where,
          std::map<std::string, double>& numbers)
{
    numbers = member(line, name, where, numbers);
}

void requireKnownKeys(const json& object, const std::vector<std::string_view>& known,
                      const std::string& where)
{
    for (const auto& item : object.items())
        if (std::find(known.begin(), known.end(), item.key()) == known.end())
            throw recipeError(where + " has a key \"" + item.key() + "\" that is not known");
}

SlotChoice choiceFromJson(const std::string& slot, const json& line)
{
    const std::string where = "slot " + slot;
    if (!line.is_object())
        throw recipeError(where + " is " + onOneLine(line) + " and not an object");
    SlotChoice choice;
    std::vector<std::string_view> known = {"locked", "least_bits", "most_bits"};
    forEachField(static_cast<Encoding&>(choice), [&](const char* name, auto& field) {
        known.emplace_back(name);
        take(line, name, where, field);
    });
    requireKnownKeys(line, known, where);
    if (!choice.scheme.empty() && findScheme(choice.scheme) == nullptr)
        throw recipeError(where + " asks for the unknown scheme \"" + choice.scheme + "\"");
    if (findMethod(choice.method) == nullptr)
        throw recipeError(where + " asks for the unknown method \"" + choice.method + "\"");
    choice.parameters = methodParameters(methodNamed(choice.method), choice.parameters);
    if (choice.correction && choice.scheme.empty())
        throw recipeError(where + " is to be corrected, but it is kept as stored");
    if (choice.clipLow && choice.clipHigh && *choice.clipLow > *choice.clipHigh)
        throw recipeError(where + " clips from " + std::to_string(*choice.clipLow) + " up to " +
                          std::to_string(*choice.clipHigh) + ", which is less");
    choice.fit.locked = member<bool>(line, "locked", where, false);
    take(line, "least_bits", where, choice.fit.leastBits);
    take(line, "most_bits", where, choice.fit.mostBits);
    if (choice.fit.crossed())
        throw recipeError(where + " is limited to at least " +
                          std::to_string(*choice.fit.leastBits) + " bits and at most " +
                          std::to_string(*choice.fit.mostBits) + ", which is less");
    return choice;
}

json calibrationToJson(const RecipeCalibration& calibration)
{
    return {{"context", calibration.context}, {"identity", calibration.identity},
            {"lines", calibration.lines},     {"quantized_inputs", calibration.quantizedInputs},
            {"text", calibration.text},       {"windows", calibration.windows}};
}

RecipeCalibration calibrationFromJson(const json& line)
{
    const std::string where = "the calibration";
    requireKnownKeys(line, {"context", "identity", "lines", "quantized_inputs", "text", "windows"},
                     where);
    return {member<std::string>(line, "text", where, ""),
            member<std::string>(line, "identity", where, ""),
            member<int64_t>(line, "context", where, 0),
            member<int64_t>(line, "windows", where, 0),
            member<bool>(line, "lines", where, false),
            member<bool>(line, "quantized_inputs", where, false)};
}

json transformsToJson(const std::vector<TransformStep>& steps)
{
    json list = json::array();
    for (const TransformStep& step : steps)
        list.push_back(toJson(step));
    return list;
}

std::vector<TransformStep> transformsFromJson(const json::array_t& list)
{
    std::vector<TransformStep> steps;
    for (const json& line : list) {
        steps.push_back(rowChoiceFromJson(line, "a transform"));
        requireValid(steps.back());
    }
    return steps;
}

json parse(const std::string& text)
{
    try {
        return json::parse(text);
    } catch (const json::parse_error& error) {
        const auto end =
            text.begin() +
            static_cast<std::ptrdiff_t>(std::min(std::max<size_t>(error.byte, 1) - 1, text.size()));
        throw recipeError("the text is not JSON from line " +
                          std::to_string(1 + std::count(text.begin(), end, '\n')) + " on");
    } catch (const json::out_of_range&) {
        throw recipeError("the text holds a number that is too large");
    }
}

void requireRecipe(const json& document)
{
    if (!document.is_object() || document.value("format", json()) != json(kFormat))
        throw recipeError("the text is JSON but not a recipe of this program (\"format\" is not "
                          "\"" +
                          std::string(kFormat) + "\")");
    const int version = member<int>(document, "version", "the recipe", 0);
    if (version != kVersion)
        throw recipeError("the recipe is of version " + std::to_string(version) +
                          " and this program reads version " + std::to_string(kVersion));
    requireKnownKeys(
        document,
        {"calibration", "format", "version", "model", "slots", "target", "transforms", "values"},
        "the recipe");
}

} // namespace

std::string Recipe::toJson() const
{
    const json model = {{"identity", modelIdentity}, {"name", modelName}};
    std::string text = "{\n";
    if (calibration)
        text += "  \"calibration\": " + onOneLine(calibrationToJson(*calibration)) + ",\n";
    text += "  \"format\": " + onOneLine(kFormat) + ",\n";
    text += "  \"model\": " + onOneLine(model) + ",\n";
    std::map<std::string, json> choices;
    for (const auto& [name, slot] : slots)
        choices[name] = choiceToJson(slot);
    text += "  \"slots\": " + linesOf(choices) + ",\n";
    text += "  \"target\": " + onOneLine(target) + ",\n";
    if (!transforms.empty())
        text += "  \"transforms\": " + onOneLine(transformsToJson(transforms)) + ",\n";
    if (!values.empty())
        text += "  \"values\": " + linesOf(values) + ",\n";
    text += "  \"version\": " + std::to_string(kVersion) + "\n}\n";
    return text;
}

Recipe Recipe::fromJson(const std::string& text)
{
    const json document = parse(text);
    requireRecipe(document);
    Recipe recipe;
    recipe.target = targetNamed(member<std::string>(document, "target", "the recipe", "gguf")).id;
    const json model = member<json::object_t>(document, "model", "the recipe", {});
    recipe.modelIdentity = member<std::string>(model, "identity", "the model", "");
    recipe.modelName = member<std::string>(model, "name", "the model", "");
    if (document.contains("calibration"))
        recipe.calibration =
            calibrationFromJson(member<json::object_t>(document, "calibration", "the recipe", {}));
    const json slotLines = member<json::object_t>(document, "slots", "the recipe", {});
    for (const auto& item : slotLines.items())
        recipe.slots[item.key()] = choiceFromJson(item.key(), item.value());
    recipe.transforms =
        transformsFromJson(member<json::array_t>(document, "transforms", "the recipe", {}));
    const json valueLines = member<json::object_t>(document, "values", "the recipe", {});
    for (const auto& item : valueLines.items())
        recipe.values[item.key()] =
            activationSchemeNamed(member<std::string>(valueLines, item.key(), "the values", "")).id;
    return recipe;
}

} // namespace bitloom

// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/recipe/recipe.h"

#include "core/base/error.h"
#include "core/network/graph/slot_input.h"
#include "core/quantize/corrections/correction.h"
#include "core/quantize/methods/method.h"
#include "core/quantize/transforms/transform.h"

#include <algorithm>
#include <regex>

namespace bitloom {

namespace {

constexpr size_t kNamesShown = 8;
/// How a bulk edit written as text asks to keep the weights as the checkpoint stores them.
constexpr std::string_view kAsStored = "stored";
/// How it asks not to quantize a value.
constexpr std::string_view kFloat = "float";
/// And not to correct a slot.
constexpr std::string_view kNone = "none";

std::string namesOf(const std::vector<std::string>& names)
{
    std::string text;
    for (size_t i = 0; i < std::min(names.size(), kNamesShown); ++i)
        text += (i == 0 ? "" : ", ") + names[i];
    if (names.size() > kNamesShown)
        text += " and " + std::to_string(names.size() - kNamesShown) + " more";
    return text;
}

std::string listOf(const std::vector<std::string>& schemeIds)
{
    std::string text;
    for (const std::string& id : schemeIds)
        text += (text.empty() ? "" : ", ") + (id.empty() ? std::string(kAsStored) : id);
    return text;
}

bool fits(const std::string& schemeId, const Slot& slot, const Target& target)
{
    if (schemeId.empty())
        return true;
    const Scheme& scheme = schemeNamed(schemeId);
    return slot.quantizable && target.holds(scheme) && scheme.accepts(slot.columns);
}

/// Why no scheme of an edit can be given to a slot, as an addition to its name.
std::string misfit(const Slot& slot)
{
    return slot.name + (slot.quantizable ? " (rows of " + std::to_string(slot.columns) + ")"
                                         : " (cannot be quantized)");
}

void applyTo(SlotChoice& choice, const std::string& scheme, const BulkEdit& edit)
{
    choice.scheme = scheme;
    if (edit.method) {
        choice.method = *edit.method;
        choice.parameters = edit.parameters;
    }
    if (!keepsCorrection(scheme))
        choice.correction.reset();
    if (!scheme.empty())
        return;
    choice.method = kDefaultMethod;
    choice.parameters.clear();
}

std::vector<std::string> split(const std::string& text, char separator)
{
    std::vector<std::string> parts;
    for (size_t from = 0; from <= text.size();) {
        const size_t to = std::min(text.find(separator, from), text.size());
        parts.push_back(text.substr(from, to - from));
        from = to + 1;
    }
    return parts;
}

/// Slots of one tensor of the target that are to be stored differently; empty: none.
std::string tornApart(const Recipe& recipe, const Model& model, const Target& target)
{
    const auto nameOf = [&](int slot) -> const std::string& { return model.graph.slot(slot).name; };
    for (const std::vector<int>& group : target.fused(model))
        for (const int slot : group)
            if (recipe.choice(nameOf(slot)).scheme != recipe.choice(nameOf(group[0])).scheme)
                return "The target " + target.id + " keeps " + nameOf(group[0]) + " and " +
                       nameOf(slot) + " in one tensor, so they must have the same scheme.";
    return {};
}

/// "REGEX=correction:name=number": at the sign before the name of a correction, for both sides may
/// hold others.
std::pair<std::string, std::string> splitAtCorrection(const std::string& text)
{
    for (size_t at = text.rfind('='); at != std::string::npos && at > 0;
         at = text.rfind('=', at - 1)) {
        const std::string wanted = text.substr(at + 1);
        if (wanted == kNone || findCorrection(wanted.substr(0, wanted.find(':'))))
            return {text.substr(0, at), wanted};
    }
    throw Error("recipe", "\"" + text +
                              "\" is not of the form REGEX=correction[:number]; known are " +
                              correctionIds());
}

std::regex compile(const std::string& pattern)
{
    try {
        return std::regex(pattern, std::regex::ECMAScript);
    } catch (const std::regex_error& error) {
        throw Error("recipe", "\"" + pattern + "\" is not a regular expression: " + error.what());
    }
}

void setActivationScheme(Recipe& recipe, const Value& value, const std::string& scheme)
{
    if (scheme.empty())
        recipe.values.erase(value.name);
    else
        recipe.values[value.name] = activationSchemeNamed(scheme).id;
}

} // namespace

bool FitLimits::allow(double bits) const
{
    constexpr double kRounding = 0.005;
    return (!leastBits || bits >= *leastBits - kRounding) &&
           (!mostBits || bits <= *mostBits + kRounding);
}

bool Recipe::changesNetwork() const
{
    return !values.empty() || !transforms.empty() ||
           std::ranges::any_of(slots,
                               [](const auto& slot) { return slot.second.changesWeights(); });
}

const SlotChoice& Recipe::choice(const std::string& slot) const
{
    static const SlotChoice asStored;
    const auto found = slots.find(slot);
    return found == slots.end() ? asStored : found->second;
}

namespace {

/// Where a pattern ends: at the last sign but those of parameters, which follow two colons.
size_t schemeSign(const std::string& text)
{
    const size_t last = text.rfind('=', text.find(':'));
    for (size_t at = text.rfind('='); at != std::string::npos && at > 0;
         at = text.rfind('=', at - 1)) {
        const std::string first = text.substr(at + 1, text.find_first_of(",:", at) - at - 1);
        if (first == kAsStored || findScheme(first))
            return at;
    }
    return last;
}

} // namespace

std::pair<std::string, BulkEdit> parseSet(const std::string& text)
{
    const size_t equals = schemeSign(text);
    if (equals == std::string::npos || equals == 0)
        throw Error("recipe", "\"" + text +
                                  "\" is not of the form "
                                  "REGEX=scheme[,fallback][:method[:name=number]]");
    std::string schemeList = text.substr(equals + 1);
    BulkEdit edit{{}, std::string(kDefaultMethod)};
    if (const size_t colon = schemeList.find(':'); colon != std::string::npos) {
        const std::string wanted = schemeList.substr(colon + 1);
        const Method& method = methodNamed(wanted.substr(0, wanted.find(':')));
        const std::string_view first =
            method.parameters().empty() ? std::string_view() : method.parameters().front().name;
        edit.method = method.id();
        edit.parameters = methodParameters(method, parseRowChoice(wanted, first).parameters);
        schemeList.resize(colon);
    }
    for (const std::string& id : split(schemeList, ','))
        edit.schemes.emplace_back(id == kAsStored ? "" : schemeNamed(id).id());
    return {text.substr(0, equals), edit};
}

void applyEdit(Recipe& recipe, const Model& model, const std::vector<int>& slots,
               const BulkEdit& edit)
{
    const Target& target = targetNamed(recipe.target);
    Recipe edited = recipe;
    std::vector<std::string> misfits;
    for (const int index : withFused(model, target, slots)) {
        const Slot& slot = model.graph.slot(index);
        const auto scheme =
            std::find_if(edit.schemes.begin(), edit.schemes.end(),
                         [&](const std::string& id) { return fits(id, slot, target); });
        if (scheme == edit.schemes.end()) {
            misfits.push_back(misfit(slot));
            continue;
        }
        SlotChoice& choice = edited.slots[slot.name];
        applyTo(choice, *scheme, edit);
        if (choice == SlotChoice())
            edited.slots.erase(slot.name);
    }
    if (!misfits.empty())
        throw Error("recipe", listOf(edit.schemes) + " does not fit " + namesOf(misfits) +
                                  " under the target " + target.id + "; nothing was changed");
    recipe = std::move(edited);
}

void applySet(Recipe& recipe, const Model& model, const std::string& pattern, const BulkEdit& edit)
{
    const std::regex expression = compile(pattern);
    std::vector<int> matching;
    for (size_t i = 0; i < model.graph.slots.size(); ++i) {
        const Slot& slot = model.graph.slots[i];
        if (slot.quantizable && std::regex_match(slot.name, expression))
            matching.push_back(static_cast<int>(i));
    }
    if (matching.empty())
        throw Error("recipe", "\"" + pattern + "\" matches no slot that can be quantized" +
                                  (model.quantization.empty() ? std::string()
                                                              : ": the weights are already "
                                                                "quantized with " +
                                                                    model.quantization));
    applyEdit(recipe, model, matching, edit);
}

void applyActivation(Recipe& recipe, const Model& model, const std::string& text)
{
    const size_t equals = text.rfind('=');
    if (equals == std::string::npos || equals == 0)
        throw Error("recipe", "\"" + text + "\" is not of the form REGEX=activation scheme");
    const std::string pattern = text.substr(0, equals);
    const std::string scheme = text.substr(equals + 1);
    const std::regex expression = compile(pattern);
    Recipe edited = recipe;
    int matching = 0;
    for (size_t i = 0; i < model.graph.values.size(); ++i) {
        const Value& value = model.graph.values[i];
        if (!model.graph.canBeQuantized(static_cast<int>(i)) ||
            !std::regex_match(value.name, expression))
            continue;
        setActivationScheme(edited, value, scheme == kFloat ? "" : scheme);
        ++matching;
    }
    if (matching == 0)
        throw Error("recipe", "\"" + pattern + "\" matches no value that can be quantized");
    recipe = std::move(edited);
}

void correct(Recipe& recipe, const Model& model, const std::vector<int>& slots,
             const std::optional<CorrectionStep>& step)
{
    for (const int slot : slots) {
        const auto found = recipe.slots.find(model.graph.slot(slot).name);
        if (found != recipe.slots.end() && keepsCorrection(found->second.scheme) &&
            (!step || correctionProblem(model.graph, slot).empty()))
            found->second.correction = step;
    }
}

void applyCorrection(Recipe& recipe, const Model& model, const std::string& text)
{
    const auto [pattern, wanted] = splitAtCorrection(text);
    const std::regex expression = compile(pattern);
    std::vector<int> matching;
    std::string floats = "matches no slot.";
    std::string problem;
    for (size_t i = 0; i < model.graph.slots.size(); ++i) {
        const std::string& name = model.graph.slots[i].name;
        if (!std::regex_match(name, expression))
            continue;
        if (!keepsCorrection(recipe.choice(name).scheme))
            floats = "matches no quantized slot: " + name + " is kept as stored or in floats.";
        else if (std::string why = correctionProblem(model.graph, static_cast<int>(i));
                 !why.empty())
            problem = "matches no slot that can be corrected: " + why;
        else
            matching.push_back(static_cast<int>(i));
    }
    if (problem.empty())
        problem = floats;
    if (matching.empty())
        throw Error("recipe", "\"" + pattern + "\" " + problem.substr(0, problem.size() - 1));
    correct(recipe, model, matching,
            wanted == kNone ? std::nullopt : std::optional(parseCorrection(wanted)));
}

int quantizableInput(const Graph& graph, int slot)
{
    const std::optional<SlotInput> input = slotInput(graph, slot);
    return input && graph.canBeQuantized(input->value) ? input->value : -1;
}

void quantizeInputs(Recipe& recipe, const Model& model, const std::vector<int>& slots,
                    const std::string& scheme)
{
    for (const int slot : slots)
        if (const int value = quantizableInput(model.graph, slot); value >= 0)
            setActivationScheme(recipe, model.graph.value(value), scheme);
}

std::string recipeProblem(const Recipe& recipe, const Model& model)
{
    const Target& target = targetNamed(recipe.target);
    std::vector<std::string> unknown;
    std::vector<std::string> misfits;
    for (const auto& [name, choice] : recipe.slots) {
        const int index = model.graph.findSlot(name);
        if (index < 0)
            unknown.push_back(name);
        else if (const Slot& slot = model.graph.slot(index); !fits(choice.scheme, slot, target))
            misfits.push_back(choice.scheme + " for " + misfit(slot));
        else if (choice.correction)
            if (std::string problem = correctionProblem(model.graph, index); !problem.empty())
                return problem;
    }
    for (const auto& [name, scheme] : recipe.values)
        if (const int value = model.graph.findValue(name);
            value < 0 || !model.graph.canBeQuantized(value))
            unknown.push_back("value " + name + " that can be quantized");
    if (std::string problem = transformProblem(model.graph, recipe.transforms); !problem.empty())
        return problem;
    if (!unknown.empty())
        return "The model has no " + namesOf(unknown) + ".";
    if (!misfits.empty())
        return "The recipe asks for what the target " + target.id +
               " or the row length cannot hold: " + namesOf(misfits) + ".";
    return tornApart(recipe, model, target);
}

} // namespace bitloom

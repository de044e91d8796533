// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/slot_names.h"

#include "core/base/error.h"

#include <functional>
#include <regex>
#include <set>
#include <string_view>

namespace bitloom {

namespace {

constexpr std::string_view kRole = "role:";

std::vector<int> quantizableSlots(const Model& model,
                                  const std::function<bool(const Slot&)>& isMeant)
{
    std::vector<int> slots;
    for (size_t i = 0; i < model.graph.slots.size(); ++i)
        if (model.graph.slots[i].quantizable && isMeant(model.graph.slots[i]))
            slots.push_back(static_cast<int>(i));
    return slots;
}

/// "attention key, attention output, …": the roles that a model's quantizable slots have.
std::string rolesOf(const Model& model)
{
    std::set<std::string_view> roles;
    for (const Slot& slot : model.graph.slots)
        if (slot.quantizable)
            roles.insert(roleName(slot.role));
    std::string names;
    for (const std::string_view role : roles)
        names += (names.empty() ? "" : ", ") + std::string(role);
    return names;
}

std::vector<int> slotsOfRole(const Model& model, const std::string& role)
{
    std::vector<int> slots =
        quantizableSlots(model, [&](const Slot& slot) { return roleName(slot.role) == role; });
    if (slots.empty())
        throw Error("fit", "no quantizable slot has the role '" + role +
                               "'; here there are: " + rolesOf(model));
    return slots;
}

std::regex expressionOf(const std::string& pattern)
{
    try {
        return std::regex(pattern);
    } catch (const std::regex_error&) {
        throw Error("fit", "'" + pattern + "' is not a regular expression");
    }
}

} // namespace

std::vector<int> slotsNamed(const Model& model, const std::string& named)
{
    if (named.starts_with(kRole))
        return slotsOfRole(model, named.substr(kRole.size()));
    const std::regex expression = expressionOf(named);
    std::vector<int> slots = quantizableSlots(
        model, [&](const Slot& slot) { return std::regex_match(slot.name, expression); });
    if (slots.empty())
        throw Error("fit", "no quantizable slot has a name that matches '" + named + "'");
    return slots;
}

} // namespace bitloom

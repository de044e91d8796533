// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/fit_plan.h"

#include "core/error.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>

namespace bitloom {

FitPlan::FitPlan(const Model& model, Recipe start, const FitSettings& settings)
    : m_model(model)
    , m_start(std::move(start))
    , m_settings(settings)
    , m_target(targetNamed(m_start.target))
    , m_sizes(model, m_target)
{
    m_start.modelName = model.name;
    m_start.modelIdentity = model.identity;
    m_base = m_start;
    for (const std::vector<int>& group : fuseGroups(model, m_target)) {
        const bool locked = std::any_of(group.begin(), group.end(), [&](int slot) {
            return m_start.choice(slotAt(slot).name).locked;
        });
        if (locked)
            m_kept.insert(m_kept.end(), group.begin(), group.end());
        else
            m_items.push_back({group, choicesOf(group)});
    }
    for (const FitItem& item : m_items)
        set(m_base, item, 0);
}

void FitPlan::set(Recipe& recipe, const FitItem& item, size_t option) const
{
    for (size_t i = 0; i < item.slots.size(); ++i)
        recipe.slots[slotAt(item.slots[i]).name] = item.choices[option][i];
}

bool FitPlan::wanted(const Scheme& scheme) const
{
    const auto& list = m_settings.schemes;
    return list.empty() || std::find(list.begin(), list.end(), scheme.id()) != list.end();
}

/// All methods convert plain schemes alike.
std::span<const std::string> FitPlan::methodsFor(const Scheme& scheme) const
{
    return std::span(m_settings.methods).first(scheme.isPlain() ? 1 : m_settings.methods.size());
}

std::vector<SlotChoice> FitPlan::choicesWith(const std::vector<int>& group, std::string_view scheme,
                                             const std::string& method) const
{
    std::vector<SlotChoice> choices;
    for (const int slot : group) {
        choices.push_back(m_start.choice(slotAt(slot).name));
        choices.back().method = method;
        choices.back().scheme = scheme;
    }
    return choices;
}

std::vector<std::vector<SlotChoice>> FitPlan::choicesOf(const std::vector<int>& group) const
{
    std::vector<std::vector<SlotChoice>> choices;
    if (m_settings.schemes.empty())
        choices.push_back(choicesWith(group, {}, m_settings.methods.front()));
    const Slot& slot = slotAt(group.front()); // those fused with it have rows of the same length
    for (const Scheme* scheme : offeredSchemes(slot, m_target))
        if (wanted(*scheme))
            for (const std::string& method : methodsFor(*scheme))
                choices.push_back(choicesWith(group, scheme->id(), method));
    if (choices.empty())
        throw Error("fit", "slot " + slot.name + " (rows of " + std::to_string(slot.columns) +
                               ") can have none of the listed schemes in a " + m_target.title +
                               " file");
    return choices;
}

int64_t FitPlan::bytesWith(const FitItem& item, size_t option) const
{
    Recipe recipe = m_base;
    set(recipe, item, option);
    return counted(m_sizes.size(recipe));
}

int64_t FitPlan::firstBytes(const FitItem& item) const
{
    int64_t bytes = 0;
    for (size_t i = 0; i < item.slots.size(); ++i)
        bytes += slotBytes(m_model, slotAt(item.slots[i]), item.choices.front()[i].scheme);
    return bytes;
}

std::vector<std::vector<BudgetOption>> FitPlan::options() const
{
    std::vector<std::vector<BudgetOption>> all;
    for (const FitItem& item : m_items) {
        const int64_t without = bytesWith(item, 0) - firstBytes(item);
        std::vector<BudgetOption>& options = all.emplace_back();
        for (size_t option = 0; option < item.choices.size(); ++option)
            options.push_back({bytesWith(item, option) - without, 0});
    }
    return all;
}

int64_t FitPlan::budget() const
{
    int64_t fixed = counted(m_sizes.size(m_base));
    for (const FitItem& item : m_items)
        fixed -= firstBytes(item);
    if (m_settings.fileBytes)
        return *m_settings.fileBytes - fixed;
    const auto weights = static_cast<double>(m_sizes.size(m_base).quantizableWeights);
    return static_cast<int64_t>(std::floor(*m_settings.bitsPerWeight * weights / 8)) - fixed;
}

void FitPlan::requireReachable(const BudgetChoice& smallest) const
{
    if (smallest.bytes <= budget())
        return;
    const Size size = m_sizes.size(recipe(smallest));
    std::array<char, 32> bits{};
    std::snprintf(bits.data(), bits.size(), "%.3f", size.bitsPerWeight());
    throw Error("fit", "the smallest recipe with these schemes and locked slots takes " +
                           std::string(bits.data()) + " bits per weight (" +
                           std::to_string(size.fileBytes) +
                           " bytes of the file), more than the budget");
}

Recipe FitPlan::recipe(const BudgetChoice& chosen) const
{
    Recipe recipe = m_start;
    for (size_t i = 0; i < m_items.size(); ++i)
        set(recipe, m_items[i], static_cast<size_t>(chosen.option[i]));
    return recipe;
}

} // namespace bitloom
